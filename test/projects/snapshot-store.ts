import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../src/platform/system.ts';
import { listBundle } from '../../src/projects/bundle-files.ts';
import { BundleChangedError, hashBundle } from '../../src/projects/bundle-hash.ts';
import { SnapshotStore } from '../../src/projects/snapshot-store.ts';
import { projectFiles, temporaryFolder, writeFiles } from './helpers/folders.ts';

const options = { maxFiles: 100, maxBytes: 1e9, maxDepth: 3, spareSnapshots: 2, spareBytes: 1e6 };

async function storeIn(t: ExecutionContext, overrides: Partial<typeof options> = {}) {
  const folder = path.join(await temporaryFolder(t), 'bundles');
  const store = new SnapshotStore({ folder, clock: systemClock, options: { ...options, ...overrides } });
  await store.open();
  return { store, folder };
}

async function freeze(store: SnapshotStore, folder: string) {
  return store.freeze(folder, await listBundle(folder, options));
}

async function hashOfFolder(folder: string): Promise<string> {
  return hashBundle((await listBundle(folder, options)).files);
}

test('a snapshot is an exact copy under its own hash, which nobody may write to', async (t) => {
  const { store, folder } = await storeIn(t);
  const files = { ...projectFiles('a'), 'data/deep/points.csv': 'x', '.hidden': 'no', 'b.tmp': 'no' };
  const project = await writeFiles(await temporaryFolder(t), files);
  await symlink('points.csv', path.join(project, 'link.csv'));
  const snapshot = await freeze(store, project);
  t.is(snapshot.folder, path.join(folder, snapshot.hash));
  t.is(await hashOfFolder(snapshot.folder), snapshot.hash);
  t.deepEqual(snapshot.names, ['data/deep/points.csv', 'link.csv', 'points.csv', 'project.xml']);
  t.is((await stat(path.join(snapshot.folder, 'link.csv'))).mode & 0o222, 0);
  await appendFile(path.join(project, 'project.xml'), ' ');
  t.is(await hashOfFolder(snapshot.folder), snapshot.hash);
});

test('the same content is copied once', async (t) => {
  const { store } = await storeIn(t);
  const one = await writeFiles(await temporaryFolder(t), projectFiles('a'));
  const two = await writeFiles(await temporaryFolder(t), projectFiles('a'));
  const first = await freeze(store, one);
  const copied = await stat(path.join(first.folder, 'project.xml'));
  const second = await freeze(store, two);
  t.is(second.folder, first.folder);
  t.is((await stat(path.join(second.folder, 'project.xml'))).ino, copied.ino);
});

test('a folder written to since it was listed is not frozen', async (t) => {
  const { store, folder } = await storeIn(t);
  const changes: Array<(project: string) => Promise<unknown>> = [
    (project) => appendFile(path.join(project, 'points.csv'), '2,2\n'),
    (project) => writeFile(path.join(project, 'points.csv'), 'x,y\n2,2\n'),
    (project) => writeFiles(project, { 'more.csv': '' }),
    (project) => rm(path.join(project, 'points.csv')),
    async (project) => {
      await rm(path.join(project, 'points.csv'));
      await symlink('/etc/hostname', path.join(project, 'points.csv'));
    },
  ];
  for (const change of changes) {
    const project = await writeFiles(await temporaryFolder(t), projectFiles('a'));
    const listing = await listBundle(project, options);
    await change(project);
    const error = await t.throwsAsync(store.freeze(project, listing));
    t.true(error instanceof BundleChangedError || /link out of the folder/.test(error?.message ?? ''));
  }
  for (const name of await readdir(folder)) t.is(await hashOfFolder(path.join(folder, name)), name);
});

test('whatever is frozen while someone writes is what its hash says', async (t) => {
  const { store } = await storeIn(t, { spareSnapshots: 100, spareBytes: 1e9 });
  const project = await writeFiles(await temporaryFolder(t), {
    'project.xml': 'a'.repeat(300_000),
    'data.bin': 'a'.repeat(300_000),
  });
  let isDone = false;
  const writing = (async () => {
    for (let round = 0; !isDone; round++) {
      const letter = String.fromCharCode(97 + (round % 26));
      await writeFiles(project, {
        'project.xml': letter.repeat(300_000),
        'data.bin': letter.repeat(300_000),
      });
    }
  })();
  let frozen = 0;
  for (let attempt = 0; attempt < 40; attempt++) {
    try {
      const snapshot = await freeze(store, project);
      frozen++;
      t.is(await hashOfFolder(snapshot.folder), snapshot.hash);
    } catch (error) {
      t.true(error instanceof BundleChangedError, String(error));
    }
  }
  isDone = true;
  await writing;
  const { hash, folder } = await freeze(store, project);
  t.is(await hashOfFolder(folder), hash, `after ${frozen} others`);
});

test('a copy that was tampered with is made anew', async (t) => {
  const { store } = await storeIn(t);
  const project = await writeFiles(await temporaryFolder(t), projectFiles('a'));
  const { folder, hash } = await freeze(store, project);
  const copy = path.join(folder, 'points.csv');
  const tamper: Array<() => Promise<unknown>> = [
    () => rm(copy),
    () => appendFile(copy, 'x'),
    () => writeFile(copy, 'x,y\n2,2\n'),
    () => rm(path.join(folder, '.complete.json')),
    () => writeFile(path.join(folder, '.complete.json'), '{"files":['),
  ];
  for (const damage of tamper) {
    await chmod(copy, 0o644);
    await chmod(path.join(folder, '.complete.json'), 0o644);
    await damage();
    t.is((await freeze(store, project)).hash, hash);
    t.is(await readFile(copy, 'utf8'), 'x,y\n1,1\n');
  }
});

test('opening removes what a crash left', async (t) => {
  const { store, folder } = await storeIn(t);
  const project = await writeFiles(await temporaryFolder(t), projectFiles('a'));
  const { hash } = await freeze(store, project);
  const unfinished = 'ab'.repeat(32);
  await writeFiles(folder, { 'copying-x1/project.xml': '<M', [`${unfinished}/project.xml`]: '<Map/>' });
  await store.open();
  t.deepEqual(await readdir(folder), [hash]);
});

test('a peer killed at any moment leaves nothing that looks complete and is not', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'bundles');
  const parts = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`data/${at}.bin`, `${at}`.repeat(50_000)]),
  );
  const project = await writeFiles(await temporaryFolder(t), { ...projectFiles('a'), ...parts });
  const script = fileURLToPath(new URL('./helpers/freeze-forever.ts', import.meta.url));
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [script, project, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    for (let line = 0; line <= round; line++) await once(lines, 'line');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = new SnapshotStore({ folder, clock: systemClock, options });
    await store.open();
    const names = await readdir(folder);
    t.true(names.length > 0);
    for (const name of names) t.is(await hashOfFolder(path.join(folder, name)), name);
    const { hash } = await freeze(store, project);
    t.is(await hashOfFolder(path.join(folder, hash)), hash);
  }
});

test('unused snapshots are kept in small number and size, the last used ones', async (t) => {
  const { store, folder } = await storeIn(t, { spareSnapshots: 2, spareBytes: 10_000 });
  const project = await temporaryFolder(t);
  const hashes: string[] = [];
  for (const size of [10, 20, 30, 40, 9_990]) {
    await writeFiles(project, { 'project.xml': 'x'.repeat(size) });
    hashes.push((await freeze(store, project)).hash);
  }
  const [a, b, c, d, e] = hashes as [string, string, string, string, string];
  await store.collect(new Set([a, e]));
  t.deepEqual((await readdir(folder)).sort(), [a, c, d, e].sort());
  await writeFiles(project, { 'project.xml': 'x'.repeat(30) });
  t.is((await freeze(store, project)).hash, c);
  await store.collect(new Set([a]));
  t.deepEqual((await readdir(folder)).sort(), [a, c].sort(), 'the largest one exceeds the bytes, and so on');
  await store.collect(new Set([b]));
  t.deepEqual((await readdir(folder)).sort(), [a, c].sort());
});

test('a data folder that cannot be written to is named', async (t) => {
  const { store, folder } = await storeIn(t);
  const project = await writeFiles(await temporaryFolder(t), projectFiles('a'));
  await rm(folder, { recursive: true });
  const unusable = { code: 'DATA_DIR_UNUSABLE', message: new RegExp(`${folder} \\(E[A-Z]+\\)`) };
  await t.throwsAsync(freeze(store, project), unusable);
  await writeFile(folder, '');
  await t.throwsAsync(freeze(store, project), unusable);
  await rm(folder);
  await store.open();
  t.is(await hashOfFolder((await freeze(store, project)).folder), await hashOfFolder(project));
});
