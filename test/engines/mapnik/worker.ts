import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Engine } from '../../../src/engines/engine.ts';
import type { MapnikEngineOptions } from '../../../src/engines/mapnik/engine.ts';
import type { BBox } from '../../../src/ogc/map-request.ts';
import { childrenOf, codeOf, mapnikEngine, patient, squareTask, until } from '../helpers/engines.ts';
import { heavyXml, layerXml, makeBundle, squareGeoJson, squareXml, testFolder } from '../helpers/projects.ts';
import { brokenOffShapefile, shapefileOf } from '../helpers/shapefile.ts';

const folder = testFolder();
test.after.always(() => folder.remove());

const files = { 'square.geojson': squareGeoJson };
const bundle = makeBundle(folder, 'square', squareXml, files);
const heavy = makeBundle(folder, 'heavy', heavyXml, files);
const heavyTask = squareTask(heavy, { layers: ['slow'], tileWidth: 4096, tileHeight: 4096 });

const boxes = Array.from({ length: 1000 }, (_, index): BBox => {
  const x = 10 + (index % 100) / 10;
  const y = 40 + Math.floor(index / 100);
  return [x, y, x + 0.1, y + 1];
});
const shapeXml = `<Map srs="epsg:3857">
  <Style name="fill"><Rule><PolygonSymbolizer fill="#ff0000"/></Rule></Style>
  ${layerXml('square', 'fill', 'boxes.shp')}
</Map>`;

function shapeProject(hash: string, { shp, shx, dbf } = shapefileOf(boxes)) {
  return makeBundle(folder, hash, shapeXml, { 'boxes.shp': shp, 'boxes.shx': shx, 'boxes.dbf': dbf });
}

async function withEngine(
  use: (engine: Engine) => Promise<void>,
  options: Partial<MapnikEngineOptions> = {},
) {
  const engine = await mapnikEngine(folder, options);
  await engine.start();
  try {
    await use(engine);
  } finally {
    await engine.stop(0);
  }
}

test.serial('a shapefile that broke off is refused, and the engine goes on with others', (t) =>
  withEngine(async (engine) => {
    const whole = shapeProject('whole');
    await engine.preload(whole);
    const broken = shapeProject('broken', brokenOffShapefile([10, 40, 20, 50]));
    await t.throwsAsync(engine.preload(broken), { code: 'PROJECT_INVALID', message: /signal SIG/ });
    t.is(await codeOf(engine.render(squareTask(whole), patient())), 'none');
    t.true(engine.isWarm('whole'));
  }),
);

test.serial('a project that keeps crashing its workers is set aside', (t) =>
  withEngine(
    async (engine) => {
      const broken = shapeProject('crashing', brokenOffShapefile([10, 40, 20, 50]));
      const outcomes: string[] = [];
      for (let attempt = 0; attempt < 3; attempt += 1) {
        outcomes.push(await codeOf(engine.render(squareTask(broken), patient())));
      }
      t.deepEqual(outcomes, ['ENGINE_CRASHED', 'ENGINE_CRASHED', 'PROJECT_INVALID']);
      t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'none');
    },
    { quarantineCrashes: 2 },
  ),
);

test.serial('a file cut short while it is open costs a worker, not the engine', (t) =>
  withEngine(async (engine) => {
    const shrinking = shapeProject('shrinking');
    await engine.preload(shrinking);
    truncateSync(join(shrinking.folder, 'boxes.shp'), 4096);
    const result = engine.render(squareTask(shrinking), patient());
    await t.throwsAsync(result, { code: 'ENGINE_CRASHED', message: /SIGBUS|SIGSEGV/ });
    t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'none');
  }),
);

test.serial('a drawing that would take minutes is ended, and leaves no process', (t) =>
  withEngine(async (engine) => {
    const before = childrenOf(process.pid);
    t.is(before.length, 1);
    t.is(await codeOf(engine.render(heavyTask, patient({ timeoutMs: 200 }))), 'DEADLINE_EXCEEDED');
    t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'none');
    const after = childrenOf(process.pid);
    t.is(after.length, 1);
    t.notDeepEqual(after, before);
  }),
);

test.serial('a worker killed by hand fails its task, and another takes its place', (t) =>
  withEngine(async (engine) => {
    await engine.preload(bundle);
    const killWorker = () => process.kill(childrenOf(process.pid)[0]!, 'SIGKILL');
    const result = engine.render(heavyTask, patient({ onStart: killWorker }));
    await t.throwsAsync(result, { code: 'ENGINE_CRASHED', message: /SIGKILL/ });
    t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'none');
    t.true(engine.isWarm('square'));
  }),
);

test.serial('a worker leaves Ctrl-C and polite signals to its parent', (t) =>
  withEngine(async (engine) => {
    const [pid] = childrenOf(process.pid);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid!, signal);
    t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'none');
    t.deepEqual(childrenOf(process.pid), [pid!]);
  }),
);

test.serial('a drawing that takes too much memory is ended', (t) =>
  withEngine(
    async (engine) => {
      const huge = squareTask(heavy, { layers: ['slow'], tileWidth: 8192, tileHeight: 8192 });
      await t.throwsAsync(engine.render(huge, patient()), {
        code: 'ENGINE_MEMORY_EXCEEDED',
        message: /300 MiB/,
      });
      t.is(await codeOf(engine.render(squareTask(bundle), patient())), 'none');
    },
    { memoryLimitBytes: 300 * 2 ** 20 },
  ),
);

test.serial('workers are renewed while tasks go on', (t) =>
  withEngine(
    async (engine) => {
      await engine.preload(bundle);
      const [first] = childrenOf(process.pid);
      const outcomes: string[] = [];
      while (childrenOf(process.pid).includes(first!)) {
        outcomes.push(await codeOf(engine.render(squareTask(bundle), patient())));
      }
      outcomes.push(await codeOf(engine.render(squareTask(bundle), patient())));
      t.true(outcomes.every((outcome) => outcome === 'none'));
      t.true(engine.isWarm('square'));
    },
    { recycleAfterTasks: 5 },
  ),
);

test.serial(
  'when the parent is killed, its workers go with it, in the middle of a drawing too',
  async (t) => {
    const parent = fork(new URL('../fixtures/parent.ts', import.meta.url), [folder.path]);
    const [workers] = (await once(parent, 'message')) as [number[]];
    t.is(workers.length, 2);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const isAlive = (pid: number) => {
      try {
        return process.kill(pid, 0) && !/^State:\sZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    };
    await until(() => !workers.some(isAlive));
    t.pass();
  },
);

test.serial('a worker inherits nothing of the environment', (t) => {
  process.env.GISMESH_TEST_SECRET = 'hush';
  return withEngine(async () => {
    const [pid] = childrenOf(process.pid);
    const environment = process.platform === 'linux' ? readFileSync(`/proc/${pid}/environ`, 'utf8') : '';
    t.false(environment.includes('hush'));
    t.false(environment.includes('HOME='));
  });
});

test.serial('an unloaded project has no file open or mapped', (t) =>
  withEngine(async (engine) => {
    const shape = shapeProject('mapped');
    const isMapped = () =>
      process.platform === 'linux' &&
      readFileSync(`/proc/${childrenOf(process.pid)[0]}/maps`, 'utf8').includes(shape.folder);
    await engine.preload(shape);
    t.is(isMapped(), process.platform === 'linux');
    await engine.unload('mapped');
    t.false(isMapped());
  }),
);

test.serial('a project without an area can be preloaded', (t) =>
  withEngine(async (engine) => {
    const { description, ...rest } = bundle;
    const point = {
      ...rest,
      description: { ...description, hash: 'point', extent: [10, 40, 10, 40] as const },
    };
    await engine.preload(point);
    t.true(engine.isWarm('point'));
  }),
);

test.serial('a project file is read even when the queue is full', (t) =>
  withEngine(
    async (engine) => {
      const abort = new AbortController();
      const begun = Promise.withResolvers<void>();
      const options = patient({ signal: abort.signal });
      const drawing = engine.render(heavyTask, { ...options, onStart: begun.resolve });
      await begun.promise;
      const waiting = engine.render(heavyTask, options);
      t.is(await codeOf(engine.render(heavyTask, options)), 'BUSY');
      const inspection = engine.inspect(bundle.file);
      abort.abort();
      t.deepEqual(await Promise.all([drawing, waiting].map(codeOf)), ['CANCELLED', 'CANCELLED']);
      t.is((await inspection).layers.length, 1);
    },
    { queueLimit: 1 },
  ),
);

test.serial('a project file that cannot be read is refused with the words of Mapnik', (t) =>
  withEngine(async (engine) => {
    const refused = (xml: string, message: RegExp) => {
      const broken = makeBundle(folder, `broken ${message}`, xml, files);
      return t.throwsAsync(engine.preload(broken), { code: 'PROJECT_INVALID', message });
    };
    await refused('<Map', /expected|XML|parse/i);
    await refused(squareXml.replace('#ff0000', 'reddish'), /reddish/);
    await refused(squareXml.replace('square.geojson', 'missing.geojson'), /missing\.geojson/);
    await refused(squareXml.replace('epsg:4326', 'epsg:999999'), /epsg:999999/);
    t.is(await codeOf(engine.inspect(join(folder.path, 'nothing.xml'))), 'PROJECT_INVALID');
    t.is(await codeOf(engine.inspect(heavy.file)), 'none');
  }),
);
