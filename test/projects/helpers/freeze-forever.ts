/**
 * Freezes a project folder again and again, adding a byte to it each time, until it is killed. Prints a line
 * when the first snapshot is there. Arguments: project folder, snapshot folder.
 */
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../../src/platform/system.ts';
import { listBundle } from '../../../src/projects/bundle-files.ts';
import { SnapshotStore } from '../../../src/projects/snapshot-store.ts';

const [folder, snapshots] = process.argv.slice(2) as [string, string];
const options = { maxFiles: 100, maxBytes: 1e9, maxDepth: 3, spareSnapshots: 2, spareBytes: 1e9 };
const store = new SnapshotStore({ folder: snapshots, clock: systemClock, options });
await store.open();
for (;;) {
  const { hash } = await store.freeze(folder, await listBundle(folder, options));
  console.log(hash);
  await store.collect(new Set([hash]));
  await appendFile(path.join(folder, 'project.xml'), ' ');
}
