import { execFile } from 'node:child_process';
import { appendFile, mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { listBundle, stampOf } from '../../src/projects/bundle-files.ts';
import { temporaryFolder, writeFiles } from './helpers/folders.ts';

const limits = { maxFiles: 10, maxBytes: 1000, maxDepth: 3 };

test('lists the files of all folders by name, without what programs leave behind', async (t) => {
  const folder = await writeFiles(await temporaryFolder(t), {
    'project.xml': '<Map/>',
    'data/b.shp': 'bb',
    'data/a.gpkg-wal': 'w',
    '.hidden': '-',
    '.git/config': '-',
    'data/a.gpkg-shm': '-',
    'project.xml~': '-',
    '~$notes.docx': '-',
    '#project.xml#': '-',
    'data/b.shp.TMP': '-',
    'data/b.lock': '-',
    'Thumbs.db': '-',
  });
  const { files, folders } = await listBundle(folder, limits);
  t.deepEqual(
    files.map(({ name, bytes }) => [name, bytes]),
    [
      ['data/a.gpkg-wal', 1],
      ['data/b.shp', 2],
      ['project.xml', 6],
    ],
  );
  t.deepEqual(folders.map((location) => path.relative(folder, location)).sort(), ['', 'data']);
});

test('follows links within the folder, and no others', async (t) => {
  const outside = await writeFiles(await temporaryFolder(t), { secret: 'secret', 'folder/file': '' });
  const folder = await writeFiles(await temporaryFolder(t), { 'data/a.csv': 'abc' });
  await symlink('data/a.csv', path.join(folder, 'inside.csv'));
  const { files } = await listBundle(folder, limits);
  t.deepEqual(
    files.map(({ name, bytes }) => [name, bytes]),
    [
      ['data/a.csv', 3],
      ['inside.csv', 3],
    ],
  );

  const refused = async (target: string, message: RegExp) => {
    const attacked = await writeFiles(await temporaryFolder(t), { 'data/a.csv': 'abc' });
    await symlink(target, path.join(attacked, 'link'));
    await t.throwsAsync(listBundle(attacked, limits), { code: 'PROJECT_INVALID', message });
  };
  await refused(path.join(outside, 'secret'), /"link" is a link out of the folder/);
  await refused(path.join(outside, 'folder'), /"link" is a link out of the folder/);
  await refused(`../${path.basename(outside)}/secret`, /"link" is a link out of the folder/);
  await refused('data', /"link" is a link to a folder/);
  await refused('nowhere', /"link" is a link that leads nowhere/);
  await refused('link', /"link" is a link that leads nowhere/);
});

test('a folder that begins like the project’s own is outside of it', async (t) => {
  const parent = await temporaryFolder(t);
  const folder = await writeFiles(path.join(parent, 'map'), { a: '' });
  await writeFiles(path.join(parent, 'map-secret'), { b: '' });
  await symlink('../map-secret/b', path.join(folder, 'link'));
  await t.throwsAsync(listBundle(folder, limits), { message: /link out of the folder/ });
});

test('refuses pipes without waiting for them', async (t) => {
  const folder = await temporaryFolder(t);
  await promisify(execFile)('mkfifo', [path.join(folder, 'pipe')]);
  await t.throwsAsync(listBundle(folder, limits), {
    code: 'PROJECT_INVALID',
    message: /"pipe" is neither a file nor a folder/,
  });
});

test('refuses names that another platform could not have', async (t) => {
  for (const name of ['a\nb', 'a\\b', 'c:evil', Buffer.from([0x61, 0xff])]) {
    const folder = await temporaryFolder(t);
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]), '');
    await t.throwsAsync(listBundle(folder, limits), { code: 'PROJECT_INVALID', message: /not portable/ });
  }
});

test('refuses more files, bytes and folders than its limits', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFiles(
    folder,
    Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`f${at}`, 'x'.repeat(100)])),
  );
  t.is((await listBundle(folder, limits)).files.length, 10);
  await appendFile(path.join(folder, 'f0'), 'x');
  await t.throwsAsync(listBundle(folder, limits), {
    code: 'PROJECT_INVALID',
    message: /more than 1000 bytes/,
  });
  await writeFiles(folder, { f10: '' });
  await t.throwsAsync(listBundle(folder, { ...limits, maxBytes: 2000 }), { message: /more than 10 files/ });
  const deep = await temporaryFolder(t);
  await mkdir(path.join(deep, '1/2/3'), { recursive: true });
  t.is((await listBundle(deep, limits)).folders.length, 4);
  await mkdir(path.join(deep, '1/2/3/4'));
  await t.throwsAsync(listBundle(deep, limits), { code: 'PROJECT_INVALID', message: /deeper than 3/ });
});

test('the stamp changes with every write, also one that keeps size and time', async (t) => {
  const folder = await writeFiles(await temporaryFolder(t), { a: 'one', b: 'two' });
  const stamps = new Set<string>();
  const look = async () => {
    const before = stamps.size;
    stamps.add(stampOf(await listBundle(folder, limits)));
    return stamps.size > before;
  };
  t.true(await look());
  t.false(await look());
  const time = new Date(2020, 1, 1);
  await utimes(path.join(folder, 'a'), time, time);
  t.true(await look());
  await writeFile(path.join(folder, 'a'), 'six');
  await utimes(path.join(folder, 'a'), time, time);
  t.true(await look());
  await rename(path.join(folder, 'b'), path.join(folder, 'c'));
  t.true(await look());
  await writeFiles(folder, { b: 'new' });
  t.true(await look());
  await writeFiles(folder, { '.hidden': 'x' });
  t.false(await look());
});
