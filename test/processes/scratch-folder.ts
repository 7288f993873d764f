import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { makeScratchFolder } from '../../src/processes/scratch-folder.ts';

test('a scratch folder is for this user alone; one that is there already is kept', async (t) => {
  const above = await mkdtemp(path.join(tmpdir(), 'gismesh-scratch-'));
  t.teardown(() => rm(above, { recursive: true }));
  const folder = path.join(above, 'run');
  await makeScratchFolder(folder);
  await makeScratchFolder(folder);
  t.is((await stat(folder)).mode & 0o777, 0o700);
});

test('where none can be made another peer may do it, and is not told where', async (t) => {
  const folder = path.join(fileURLToPath(import.meta.url), 'below-a-file');
  await t.throwsAsync(makeScratchFolder(folder), {
    code: 'PROCESS_UNAVAILABLE',
    message: 'this peer has no scratch folder for it (ENOTDIR)',
  });
});
