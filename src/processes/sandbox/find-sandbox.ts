import type { Log } from '../../platform/log.ts';
import { BubblewrapSandbox } from './bubblewrap.ts';
import type { Sandbox } from './launch.ts';
import { unsandboxed } from './plain.ts';

interface SandboxSearch {
  /** What PATH holds. */
  readonly searchPath: string;
  /** Folders that programs may read besides those of the system. */
  readonly readOnlyFolders: readonly string[];
  readonly allowUnsandboxed: boolean;
  readonly log: Log;
}

/** What programs of this machine run in: undefined where there is none and they may not run without; the log tells why. */
export async function findSandbox({
  searchPath,
  readOnlyFolders,
  allowUnsandboxed,
  log,
}: SandboxSearch): Promise<Sandbox | undefined> {
  const found = await BubblewrapSandbox.find(searchPath, readOnlyFolders);
  if (found instanceof BubblewrapSandbox) return found;
  if (allowUnsandboxed) {
    log.warn({ reason: found.missing }, 'programs run without a sandbox');
    return unsandboxed;
  }
  log.info({ reason: found.missing }, 'programs are not offered as processes: there is no sandbox');
  return undefined;
}
