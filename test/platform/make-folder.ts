import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeFolder } from '../../src/platform/make-folder.ts';

async function scratch(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-folder-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a folder is made with those above it; one that is there stays', async (t) => {
  const deep = path.join(await scratch(t), 'a', 'b', 'c');
  await makeFolder(deep, 0o700);
  await makeFolder(deep, 0o700);
  for (const made of [deep, path.dirname(deep)]) t.is((await stat(made)).mode & 0o777, 0o700);
});

test('several that make the same folders at once all have them', async (t) => {
  const deep = path.join(await scratch(t), 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 5 }, () => makeFolder(deep)));
  t.true((await stat(deep)).isDirectory());
});

test('a file in the way is told', async (t) => {
  const file = path.join(await scratch(t), 'file');
  await writeFile(file, '');
  await t.throwsAsync(makeFolder(file), { code: 'EEXIST' });
  await t.throwsAsync(makeFolder(path.join(file, 'inside')), { code: 'ENOTDIR' });
});

if (process.platform === 'linux') {
  test('a folder that takes no folders ends it', async (t) => {
    await t.throwsAsync(makeFolder('/proc/gismesh/inside'), { code: 'ENOENT' });
  });
}
