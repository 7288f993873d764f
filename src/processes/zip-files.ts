import { constants, createWriteStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** The same files make the same archive. */
const MTIME = new Date('1980-01-02T00:00:00Z');

/** Plain files below a folder, as paths relative to it, sorted; what links point to is not among them. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Writes files of a folder into a zip, one after the other; `names` are relative to the folder. */
export async function zipFiles(folder: string, names: readonly string[], target: string): Promise<void> {
  const zip = new ZipFile();
  const archive = zip.outputStream as Readable;
  zip.on('error', (error) => archive.destroy(error));
  const written = pipeline(archive, createWriteStream(target, { mode: 0o600 }));
  try {
    for (const name of names) {
      const inside = name.split(path.sep).join('/');
      zip.addReadStreamLazy(inside, { mtime: MTIME, mode: 0o100644 }, (done) => {
        // A link in its place would make the peer read what the program could not.
        open(path.join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW).then(
          (handle) => done(null, handle.createReadStream()),
          (error) => done(error, archive),
        );
      });
    }
    zip.end();
  } catch (error) {
    // A name that no zip can have.
    archive.destroy(error as Error);
  }
  await written;
}
