import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { configSchema } from '../../../src/config.ts';
import { locateMapnik, locateProjData } from '../../../src/engines/mapnik/load.ts';
import { ProjCrsCatalogue } from '../../../src/engines/proj-crs.ts';
import { startEngines } from '../../../src/node/engines.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemClock } from '../../../src/platform/system.ts';

const { platform } = process;

test.before(() => {
  Object.defineProperty(process, 'platform', { value: 'sunos' });
});

test.after.always(() => {
  Object.defineProperty(process, 'platform', { value: platform });
});

test('where there is no Mapnik, a peer still knows the coordinate systems and starts with no engine', async (t) => {
  t.throws(() => locateMapnik(), { code: 'ENGINE_UNAVAILABLE', message: /can serve maps that others draw/ });
  const crs = new ProjCrsCatalogue(locateProjData());
  t.teardown(() => crs.close());
  t.is(crs.lookup('EPSG:5514')?.axisOrder, 'xy');
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-test-'));
  const engines = await startEngines(configSchema.parse({}).engines, folder, {
    clock: systemClock,
    crs,
    log: silentLog,
  });
  t.is(engines.size, 0);
});
