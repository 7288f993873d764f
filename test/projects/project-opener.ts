import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { ProjectOpener } from '../../src/projects/project-opener.ts';
import { ManualClock } from '../platform/helpers/manual-clock.ts';
import { FakeEngine } from './helpers/fake-engine.ts';
import { projectFiles, temporaryFolder, writeFiles } from './helpers/folders.ts';

const options = { allowDatabases: false, engineTimeoutMs: 1000 };

async function setUp(t: ExecutionContext, files: Record<string, string | Uint8Array>) {
  const engine = new FakeEngine();
  const clock = new ManualClock();
  const opener = new ProjectOpener({ engines: { mapnik: engine }, clock, options });
  const folder = await writeFiles(await temporaryFolder(t), files);
  const snapshot = { hash: 'ab'.repeat(32), folder, names: Object.keys(files) };
  return { engine, clock, snapshot, open: () => opener.open('town', snapshot) };
}

test('opens a snapshot in the engine', async (t) => {
  const yaml = 'title: Town\ncrs: [EPSG:3857, EPSG:999999]';
  const { engine, snapshot, open } = await setUp(t, { ...projectFiles('a'), 'project.yaml': yaml });
  const { description, folder, file } = await open();
  t.like(description, { id: 'town', hash: snapshot.hash, engine: 'mapnik', title: 'Town' });
  t.deepEqual(description.crs, ['EPSG:3857'], 'without the one that the engine cannot do');
  t.is(folder, snapshot.folder);
  t.is(file, path.join(snapshot.folder, 'project.xml'));
  t.true(engine.isWarm(snapshot.hash));
});

test('does not wait for an engine for ever', async (t) => {
  const { engine, clock, snapshot, open } = await setUp(t, projectFiles('a'));
  const reached = Promise.withResolvers<void>();
  engine.preload = async () => {
    engine.open.add(snapshot.hash);
    reached.resolve();
    await new Promise(() => {});
  };
  const opening = open();
  await reached.promise;
  clock.advance(1000);
  const message = 'drawing it for the first time took longer than 1000 ms';
  await t.throwsAsync(opening, { code: 'DEADLINE_EXCEEDED', message });
  t.false(engine.isWarm(snapshot.hash), 'closed again');
});

test('closes again what cannot be drawn', async (t) => {
  const { engine, snapshot, open } = await setUp(t, projectFiles('a'));
  engine.open.add(snapshot.hash);
  engine.failure = new GismeshError('PROJECT_INVALID', 'a worker died of it');
  await t.throwsAsync(open(), { is: engine.failure });
  t.false(engine.isWarm(snapshot.hash));
});

test('refuses before any engine reads it', async (t) => {
  const cases: Array<[Record<string, string | Uint8Array>, RegExp]> = [
    [{ 'project.yaml': '' }, /no map; add a Mapnik XML named project\.xml/],
    [{ ...projectFiles('a'), 'project.yaml': Uint8Array.of(0xff, 0xfe) }, /project\.yaml is not UTF-8/],
    [
      { ...projectFiles('a'), 'project.yaml': '#'.repeat(300_000) },
      /project\.yaml is larger than 262144 bytes/,
    ],
    [
      { 'project.xml': Buffer.from('<Map/>', 'utf16le') },
      /root element|not well-formed|no single root|not UTF-8/,
    ],
    [
      { ...projectFiles('a'), 'm.VRT': '<VRTDataset><SourceDataset>/x</SourceDataset></VRTDataset>' },
      /m\.VRT: <SourceDataset>/,
    ],
    [
      {
        'project.xml':
          '<Map><Layer name="a"><Datasource><Parameter name="file">/x</Parameter></Datasource></Layer></Map>',
      },
      /absolute/,
    ],
  ];
  for (const [files, message] of cases) {
    const { engine, open } = await setUp(t, files);
    engine.inspect = () => Promise.reject(new Error('must not be read'));
    await t.throwsAsync(open(), { code: 'PROJECT_INVALID', message });
  }
});
