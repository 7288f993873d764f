import { GismeshError } from '../core/errors.ts';
import { makeFolder } from '../platform/make-folder.ts';

/**
 * Makes the scratch folder of a run, which may be there already. Rejects `PROCESS_UNAVAILABLE` where the disk takes none:
 * another peer may have room.
 */
export async function makeScratchFolder(folder: string): Promise<void> {
  await makeFolder(folder, 0o700).catch((cause: NodeJS.ErrnoException) => {
    // Others read this: nothing of where this machine keeps its files.
    throw new GismeshError('PROCESS_UNAVAILABLE', `this peer has no scratch folder for it (${cause.code})`, {
      cause,
    });
  });
}
