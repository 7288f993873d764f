import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { FolderWatch } from '../../src/projects/folder-watch.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';

function hints(maxFolders: number, t: { teardown(undo: () => void): void }) {
  let wake = () => {};
  const watch = new FolderWatch(maxFolders, () => wake());
  // The watch does not keep the process alive, as nothing of the product may by itself.
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => {
    watch.close();
    clearInterval(alive);
  });
  const next = () => new Promise<void>((resolve) => (wake = resolve));
  return { watch, next };
}

test('tells of files written, made and removed', async (t) => {
  const folder = await writeFiles(await temporaryFolder(t), { a: '1' });
  const { watch, next } = hints(10, t);
  watch.update([folder]);
  for (const act of [
    () => writeFiles(folder, { a: '2' }),
    () => writeFiles(folder, { b: '1' }),
    () => rm(path.join(folder, 'a')),
  ]) {
    const hint = next();
    await act();
    await hint;
  }
  t.pass();
});

test('a folder made anew is watched anew', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'map');
  await mkdir(folder);
  const { watch, next } = hints(10, t);
  watch.update([folder]);
  const gone = next();
  await rm(folder, { recursive: true });
  await gone;
  await mkdir(folder);
  watch.update([folder]);
  const hint = next();
  await writeFiles(folder, { a: '1' });
  await hint;
  t.pass();
});

test('folders that are not there, or too many, are no error', async (t) => {
  const root = await temporaryFolder(t);
  const folders = ['a', 'b', 'c'].map((name) => path.join(root, name));
  for (const folder of folders.slice(1)) await mkdir(folder);
  const { watch, next } = hints(2, t);
  t.notThrows(() => watch.update(folders));
  const hint = next();
  await writeFiles(folders[1]!, { a: '1' });
  await hint;
});
