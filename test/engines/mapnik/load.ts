import { existsSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { locateMapnik, mapnikEnvironment, prepareBinding } from '../../../src/engines/mapnik/load.ts';
import { codeOf, mapnikEngine, testOptions } from '../helpers/engines.ts';
import { testFolder } from '../helpers/projects.ts';

const folder = testFolder();
test.after.always(() => folder.remove());

test('finds every piece, with its version', (t) => {
  const files = locateMapnik();
  t.regex(files.version, /^\d+\.\d+\.\d+\/\d+\.\d+\.\d+$/);
  for (const variable of ['ICU_DATA', 'GDAL_DATA', 'PROJ_LIB']) {
    t.true(existsSync(mapnikEnvironment(files)[variable]!), variable);
  }
});

test('puts the binding beside its library, once for all who ask', (t) => {
  const cache = join(folder.path, 'once');
  const files = locateMapnik();
  const first = prepareBinding(files, cache);
  t.is(prepareBinding(files, cache), first);
  t.deepEqual(readdirSync(cache).length, 1);
  t.deepEqual(readdirSync(dirname(first)).sort(), ['lib', 'mapnik.node']);
  t.is(readlinkSync(join(dirname(first), 'lib')), files.libraries);
});

test('repairs what is missing, and keeps versions apart', (t) => {
  const cache = join(folder.path, 'repaired');
  const files = locateMapnik();
  const binding = prepareBinding(files, cache);
  rmSync(join(dirname(binding), 'lib'));
  prepareBinding(files, cache);
  t.true(existsSync(join(dirname(binding), 'lib')));
  // Not written in place: it may be a link to the installed one.
  rmSync(binding);
  writeFileSync(binding, 'torn');
  prepareBinding(files, cache);
  t.is(statSync(binding).size, statSync(files.binding).size);
  t.not(prepareBinding({ ...files, libraries: '/elsewhere' }, cache), binding);
});

test('says which folder must be writable', (t) => {
  const file = join(folder.path, 'a-file');
  writeFileSync(file, '');
  t.throws(() => prepareBinding(locateMapnik(), file), { code: 'ENGINE_UNAVAILABLE', message: /a-file/ });
});

test('an engine whose workers cannot load the binding says so', async (t) => {
  const cache = join(folder.path, 'damaged');
  const binding = prepareBinding(locateMapnik(), cache);
  const { size } = statSync(binding);
  rmSync(binding);
  writeFileSync(binding, Buffer.alloc(size));
  const engine = await mapnikEngine(folder, { ...testOptions, cacheFolder: cache });
  const start = engine.start();
  t.is(await codeOf(start), 'ENGINE_UNAVAILABLE');
  await t.throwsAsync(start, { message: /does not load/ });
});
