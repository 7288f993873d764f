import { appendFile, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/platform/log.ts';
import { type CatalogueOptions, ProjectCatalogue } from '../../src/projects/catalogue.ts';
import type { CatalogueChange } from '../../src/projects/project.ts';
import { FakeEngine } from './helpers/fake-engine.ts';
import { mapWith, projectFiles, temporaryFolder, writeFiles } from './helpers/folders.ts';
import { liveClock } from './helpers/live-clock.ts';
import { quickOptions } from './helpers/options.ts';

type Kind = CatalogueChange['kind'];

/** A catalogue over one or more new roots, with what it tells. */
async function setUp(t: ExecutionContext, overrides: Partial<CatalogueOptions> = {}, rootCount = 1) {
  const home = await temporaryFolder(t);
  const roots = Array.from({ length: rootCount }, (_, at) => path.join(home, `root${at}`));
  for (const root of roots) await mkdir(root);
  const engine = new FakeEngine();
  const catalogue = new ProjectCatalogue({
    roots,
    snapshotFolder: path.join(home, 'bundles'),
    engines: { mapnik: engine },
    clock: liveClock,
    log: silentLog,
    options: quickOptions(overrides),
  });
  t.teardown(() => catalogue.stop());
  const told: CatalogueChange[] = [];
  const waiting: Array<() => void> = [];
  catalogue.on((change) => {
    told.push(change);
    for (const wake of waiting.splice(0)) wake();
  });
  /** The next change of a kind that was not asked for before. */
  const next = async (kind: Kind): Promise<CatalogueChange> => {
    for (;;) {
      const at = told.findIndex((change) => change.kind === kind);
      if (at >= 0) return told.splice(at, 1)[0]!;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { root: roots[0]!, roots, engine, catalogue, told, next };
}

const titles = (catalogue: ProjectCatalogue, id: string) =>
  catalogue.current(id)?.description.layers.map(({ name }) => name);

const reasonOf = (change: CatalogueChange) => (change.kind === 'refused' ? change.reason : '');

test('serves what is there at the start, drawn from once', async (t) => {
  const { root, engine, catalogue, next } = await setUp(t);
  await writeFiles(path.join(root, 'town'), {
    ...projectFiles('streets'),
    'project.yaml': 'title: The town',
  });
  await writeFiles(path.join(root, 'broken'), { 'project.xml': '<Map><Layer name="broken"/></Map>' });
  await catalogue.start();
  // On a slow machine the files may count as still being written at the first look.
  await next('added');
  await next('refused');
  const bundle = catalogue.current('town')!;
  t.is(bundle.description.title, 'The town');
  t.true(engine.open.has(bundle.description.hash));
  t.is(catalogue.byHash(bundle.description.hash), bundle);
  t.deepEqual(catalogue.list(), [bundle]);
  t.false(bundle.folder.startsWith(root));
  t.is(bundle.file, path.join(bundle.folder, 'project.xml'));
});

for (const [how, overrides] of [
  ['told by the file system', { pollMs: 600_000 }],
  ['without being told', { maxWatchedFolders: 0 }],
] as const) {
  test(`follows changes, ${how}`, async (t) => {
    const { root, catalogue, next } = await setUp(t, overrides);
    const town = await writeFiles(path.join(root, 'town'), projectFiles('streets'));
    await catalogue.start();
    await next('added');
    const before = catalogue.current('town')!;
    await writeFile(path.join(town, 'project.xml'), mapWith('streets', 'houses'));
    await next('changed');
    t.deepEqual(titles(catalogue, 'town'), ['streets', 'houses']);
    t.is(catalogue.byHash(before.description.hash), before, 'for the requests that began with it');
    await writeFiles(path.join(root, 'village'), projectFiles('paths'));
    await next('added');
    t.deepEqual(
      catalogue.list().map(({ description }) => description.id),
      ['town', 'village'],
    );
    await rm(town, { recursive: true });
    t.deepEqual(await next('removed'), { kind: 'removed', id: 'town' });
    t.is(catalogue.current('town'), undefined);
  });
}

test('a changed data file makes a new version', async (t) => {
  const { root, catalogue, next } = await setUp(t);
  const town = await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  await catalogue.start();
  const before = catalogue.current('town')!.description.hash;
  await appendFile(path.join(town, 'points.csv'), '2,2\n');
  await next('changed');
  t.not(catalogue.current('town')?.description.hash, before);
});

test('the new version takes over only after it was drawn from', async (t) => {
  const { root, engine, catalogue, next, told } = await setUp(t);
  const town = await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  await catalogue.start();
  const before = catalogue.current('town')!;
  const { promise, resolve } = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  engine.gate = promise;
  engine.seen.set = function (hash, xml) {
    reached.resolve();
    return Map.prototype.set.call(this, hash, xml) as typeof this;
  };
  await writeFile(path.join(town, 'project.xml'), mapWith('houses'));
  await reached.promise;
  t.is(catalogue.current('town'), before);
  t.false(told.some(({ kind }) => kind === 'changed'));
  resolve();
  await next('changed');
  t.deepEqual(titles(catalogue, 'town'), ['houses']);
});

test('files saved one after the other are taken together', async (t) => {
  const { root, engine, catalogue, next } = await setUp(t, { quietMs: 1000 });
  const town = await writeFiles(path.join(root, 'town'), projectFiles('v0'));
  await catalogue.start();
  for (const version of ['v1', 'v2', 'v3']) {
    await writeFile(path.join(town, 'project.xml'), mapWith(version));
    // Far less than the quiet that a change needs: what is between must never be drawn.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeFile(path.join(town, 'points.csv'), `x,y\n${version}\n`);
  }
  const change = await next('changed');
  t.deepEqual(titles(catalogue, 'town'), ['v3']);
  t.deepEqual(change, { kind: 'changed', bundle: catalogue.current('town')! });
  t.deepEqual([...engine.seen.values()], [mapWith('v0'), mapWith('v3')]);
});

test('a broken version leaves the one before serving, and says why', async (t) => {
  const { root, catalogue, next } = await setUp(t);
  const town = await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  await catalogue.start();
  const good = catalogue.current('town');
  const faults: Array<[Record<string, string>, RegExp]> = [
    [{ 'project.xml': '<Map><broken/><Layer name="a"/></Map>' }, /^no such symbolizer: broken$/],
    [{ 'project.xml': '<Map>' }, /not well-formed/],
    [{ 'project.xml': mapWith('a').replace('points.csv', '/etc/passwd') }, /absolute path/],
    [{ 'project.xml': '\u0000\ud800' }, /./],
    [{ 'project.xml': mapWith('a'), 'project.yaml': 'titel: x' }, /did you mean "title"\?/],
    [{ 'project.yaml': 'layers: { b: {} }' }, /a layer "b" that the map has not/],
    [{ 'project.yaml': 'engine: pencil' }, /wants the engine "pencil"; this peer has: mapnik/],
  ];
  for (const [files, message] of faults) {
    await writeFiles(town, files);
    const refused = await next('refused');
    t.is(refused.kind === 'refused' && refused.id, 'town');
    t.regex(reasonOf(refused), message);
    t.is(catalogue.current('town'), good);
  }
  await writeFiles(town, { 'project.yaml': '', 'project.xml': mapWith('repaired') });
  await next('changed');
  t.deepEqual(titles(catalogue, 'town'), ['repaired']);
});

test('going back to the version that is served is told as well', async (t) => {
  const { root, catalogue, next } = await setUp(t);
  const town = await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  await catalogue.start();
  const good = catalogue.current('town')!;
  await writeFile(path.join(town, 'project.xml'), 'broken');
  await next('refused');
  await writeFile(path.join(town, 'project.xml'), mapWith('streets'));
  t.deepEqual(await next('changed'), { kind: 'changed', bundle: good });
});

test('a fault of the engine is tried again', async (t) => {
  const { root, engine, catalogue, next } = await setUp(t);
  await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  engine.failure = new GismeshError('ENGINE_UNAVAILABLE', 'no worker is up');
  await catalogue.start();
  t.is(reasonOf(await next('refused')), 'no worker is up');
  engine.failure = undefined;
  await next('added');
  t.deepEqual(titles(catalogue, 'town'), ['streets']);
});

test('outgoing versions are closed in the engine, unless someone holds them', async (t) => {
  const { root, engine, catalogue, next } = await setUp(t, { lingerMs: 30 });
  const town = await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  await catalogue.start();
  const { hash, ...before } = catalogue.current('town')!.description;
  const release = catalogue.hold(hash)!;
  const unloaded = Promise.withResolvers<string>();
  engine.unload = async (gone) => unloaded.resolve(gone);
  await writeFile(path.join(town, 'project.xml'), mapWith('houses'));
  await next('changed');
  await new Promise<void>((resolve) => liveClock.after(60, resolve));
  t.like(catalogue.byHash(hash)?.description, { title: before.title });
  release();
  t.is(await unloaded.promise, hash);
  t.is(catalogue.byHash(hash), undefined);
});

test('of two roots with one id the first is served; the second takes over when it is gone', async (t) => {
  const { roots, catalogue, next, told } = await setUp(t, {}, 2);
  const first = await writeFiles(path.join(roots[0]!, 'town'), projectFiles('first'));
  await writeFiles(path.join(roots[1]!, 'town'), projectFiles('second'));
  await catalogue.start();
  t.deepEqual(titles(catalogue, 'town'), ['first']);
  t.regex(reasonOf(await next('refused')), /has the id "town" already/);
  told.length = 0;
  await rm(first, { recursive: true });
  await next('changed');
  t.deepEqual(titles(catalogue, 'town'), ['second']);
  t.false(told.some(({ kind }) => kind === 'removed'));
});

test('a folder replaced by another one is a change, not a removal', async (t) => {
  const { root, catalogue, next, told } = await setUp(t, { removeAfterMs: 10_000 });
  const town = await writeFiles(path.join(root, 'town'), projectFiles('old'));
  await catalogue.start();
  told.length = 0;
  await rm(town, { recursive: true });
  await writeFiles(path.join(root, '.town.new'), projectFiles('new'));
  await rename(path.join(root, '.town.new'), town);
  await next('changed');
  t.deepEqual(titles(catalogue, 'town'), ['new']);
  await writeFile(path.join(town, 'project.xml'), mapWith('newer'));
  await next('changed');
  t.deepEqual(titles(catalogue, 'town'), ['newer']);
  t.deepEqual(told, []);
});

test('a root that appears later is found', async (t) => {
  const { root, catalogue, next } = await setUp(t);
  await rm(root, { recursive: true });
  await catalogue.start();
  t.deepEqual(catalogue.list(), []);
  await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  await next('added');
  t.deepEqual(titles(catalogue, 'town'), ['streets']);
});

test('files that never rest are reported once', async (t) => {
  const { root, catalogue, next, told } = await setUp(t, { quietMs: 200, restlessMs: 300 });
  const town = await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  await catalogue.start();
  const timer = setInterval(() => void appendFile(path.join(town, 'points.csv'), '1,1\n'), 10);
  t.teardown(() => clearInterval(timer));
  t.regex(reasonOf(await next('refused')), /its files keep changing/);
  t.deepEqual(titles(catalogue, 'town'), ['streets']);
  clearInterval(timer);
  await next('changed');
  t.deepEqual(
    told.filter(({ kind }) => kind === 'refused'),
    [],
  );
});

test('the copies of before are used again by the next start', async (t) => {
  const { root, catalogue } = await setUp(t);
  await writeFiles(path.join(root, 'town'), projectFiles('streets'));
  await catalogue.start();
  await catalogue.stop();
  const { folder, description } = catalogue.current('town')!;
  const again = new ProjectCatalogue({
    roots: [path.join(root, 'town')],
    snapshotFolder: path.dirname(folder),
    engines: { mapnik: new FakeEngine() },
    clock: liveClock,
    log: silentLog,
    options: quickOptions(),
  });
  t.teardown(() => again.stop());
  await again.start();
  t.deepEqual(
    again.list().map((bundle) => [bundle.folder, bundle.description]),
    [[folder, description]],
  );
});

test('copies of many projects go on while one is refused', async (t) => {
  const { root, catalogue, told } = await setUp(t, { maxProjects: 3, maxFiles: 5 });
  await writeFiles(path.join(root, 'a'), projectFiles('a'));
  for (const id of ['b', 'c', 'd']) await cp(path.join(root, 'a'), path.join(root, id), { recursive: true });
  await writeFiles(path.join(root, 'b'), Object.fromEntries(['1', '2', '3', '4'].map((name) => [name, ''])));
  await catalogue.start();
  t.deepEqual(
    catalogue.list().map(({ description }) => description.id),
    ['a', 'c'],
  );
  const reasons = told.filter(({ kind }) => kind === 'refused').map(reasonOf);
  t.deepEqual(reasons.length, 2);
  t.regex(reasons[0]!, /more than 5 files/);
  t.regex(reasons[1]!, /3 projects are served already/);
});
