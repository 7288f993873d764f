import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { commonCacheFolder, DataDir, defaultDataFolder } from '../../src/data/data-dir.ts';
import { temporaryFolder } from './helpers/temporary-folder.ts';

test('a new folder is private and empty of identity and mesh', async (t) => {
  const data = await DataDir.open(path.join(await temporaryFolder(t), 'a/b'));
  t.is((await stat(data.path)).mode & 0o777, 0o700);
  t.is(await data.loadIdentity(), undefined);
  t.is(await data.loadMesh(), undefined);
});

test('identity and mesh survive, in files that only the user can read', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await DataDir.open(folder);
  await first.lock();
  await first.saveIdentity(Uint8Array.of(1, 2, 3));
  await first.saveMesh({ invitation: 'gismesh1abc', words: 'one two' });
  await first.close();

  const second = await DataDir.open(folder);
  t.deepEqual(Buffer.from((await second.loadIdentity())!), Buffer.of(1, 2, 3));
  t.deepEqual(await second.loadMesh(), { invitation: 'gismesh1abc', words: 'one two' });
  for (const name of ['identity.key', 'mesh.json']) {
    t.is((await stat(path.join(folder, name))).mode & 0o777, 0o600, name);
  }
});

test('a damaged mesh file is told, not taken for a first start', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'mesh.json'), '{"invitation":');
  const data = await DataDir.open(folder);
  await t.throwsAsync(data.loadMesh(), { code: 'DATA_DIR_UNUSABLE', message: /mesh\.json is damaged/ });
});

test('a folder that cannot be made is told with the remedy', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  await t.throwsAsync(DataDir.open(path.join(file, 'data')), {
    code: 'DATA_DIR_UNUSABLE',
    message: /--data/,
  });
});

test('a second lock is refused with the process that holds the first, until that closes', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await DataDir.open(folder);
  const second = await DataDir.open(folder);
  await first.lock();
  await t.throwsAsync(second.lock(), {
    code: 'DATA_DIR_LOCKED',
    message: new RegExp(`process ${process.pid}`),
  });
  await first.close();
  await second.lock();
  await second.close();
  t.deepEqual(await readdir(folder), ['lock.sqlite']);
});

test('a subfolder is private and made once', async (t) => {
  const data = await DataDir.open(await temporaryFolder(t));
  const folder = await data.folder('cache');
  await writeFile(path.join(folder, 'x'), '');
  t.is(await data.folder('cache'), folder);
  t.is((await stat(folder)).mode & 0o777, 0o700);
  t.deepEqual(await readdir(folder), ['x']);
});

test('a failed write leaves the old content and no temporary file', async (t) => {
  const folder = await temporaryFolder(t);
  const data = await DataDir.open(folder);
  // A folder cannot be replaced by a file, not even by root.
  await mkdir(path.join(folder, 'identity.key'));
  await t.throwsAsync(data.saveIdentity(Uint8Array.of(1)), { code: 'DATA_DIR_UNUSABLE' });
  t.deepEqual(await readdir(folder), ['identity.key']);
});

test('the default folder follows GISMESH_DATA, XDG_DATA_HOME and the platform', (t) => {
  t.is(defaultDataFolder({ GISMESH_DATA: '/srv/peer' }, 'linux'), '/srv/peer');
  t.is(defaultDataFolder({ XDG_DATA_HOME: '/x' }, 'linux'), '/x/gismesh');
  t.regex(defaultDataFolder({ XDG_DATA_HOME: 'relative' }, 'linux'), /\/\.local\/share\/gismesh$/);
  t.regex(defaultDataFolder({}, 'darwin'), /\/Library\/Application Support\/gismesh$/);
});

test('the cache of all peers follows XDG_CACHE_HOME and the platform', (t) => {
  t.is(commonCacheFolder({ XDG_CACHE_HOME: '/x' }, 'linux'), '/x/gismesh');
  t.regex(commonCacheFolder({ XDG_CACHE_HOME: 'relative' }, 'linux'), /\/\.cache\/gismesh$/);
  t.regex(commonCacheFolder({}, 'darwin'), /\/Library\/Caches\/gismesh$/);
});
