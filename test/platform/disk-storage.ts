import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DiskStorage } from '../../src/platform/disk-storage.ts';
import { testStorageCompliance } from './compliance/storage.ts';

async function emptyFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-storage-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

testStorageCompliance('disk', async (t) => {
  const folder = await emptyFolder(t);
  return {
    storage: await DiskStorage.open(folder),
    reopen: () => DiskStorage.open(folder),
    run: (promise) => promise,
  };
});

test('what unfinished writes left behind is removed at the next opening', async (t) => {
  const folder = await emptyFolder(t);
  await DiskStorage.open(folder);
  await writeFile(path.join(folder, '.unfinished', 'half'), 'half a til');
  await DiskStorage.open(folder);
  t.deepEqual(await readdir(path.join(folder, '.unfinished')), []);
});

test('a finished write leaves nothing but the file, for its owner only', async (t) => {
  const folder = await emptyFolder(t);
  const storage = await DiskStorage.open(path.join(folder, 'new'));
  await storage.write('tiles/one', new Uint8Array(10));
  t.deepEqual((await readdir(path.join(folder, 'new'))).sort(), ['.unfinished', 'tiles']);
  t.deepEqual(await readdir(path.join(folder, 'new', '.unfinished')), []);
  t.is((await stat(path.join(folder, 'new', 'tiles', 'one'))).mode & 0o777, 0o600);
  t.is((await stat(path.join(folder, 'new', 'tiles'))).mode & 0o777, 0o700);
});

test('a folder that is a file is refused with a remedy', async (t) => {
  const folder = await emptyFolder(t);
  await writeFile(path.join(folder, 'file'), '');
  const error = await t.throwsAsync(DiskStorage.open(path.join(folder, 'file')), {
    code: 'DATA_DIR_UNUSABLE',
  });
  t.regex(error.message, /file cannot be opened \(E[A-Z]+\): check/);
});

test('what the disk refuses is an error that leaves the old content and no rubbish', async (t) => {
  const folder = await emptyFolder(t);
  const storage = await DiskStorage.open(folder);
  // A name that is taken by a folder cannot become a file, whoever asks.
  await mkdir(path.join(folder, 'taken'));
  await writeFile(path.join(folder, 'taken', 'old'), 'old');
  await t.throwsAsync(storage.write('taken', new Uint8Array(1)), { code: 'DATA_DIR_UNUSABLE' });
  await t.throwsAsync(storage.read('taken'), { code: 'DATA_DIR_UNUSABLE' });
  t.deepEqual(await readdir(path.join(folder, '.unfinished')), []);
  t.is((await storage.read('taken/old'))!.length, 3);
});

test('deeper folders and other things in the folder are left alone', async (t) => {
  const folder = await emptyFolder(t);
  await mkdir(path.join(folder, 'a', 'b'), { recursive: true });
  await writeFile(path.join(folder, 'a', 'b', 'c'), '');
  const storage = await DiskStorage.open(folder);
  const names: string[] = [];
  for await (const { name } of storage.list()) names.push(name);
  t.deepEqual(names, []);
});
