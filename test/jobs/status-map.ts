import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { SeededRandom } from '../../sim/random.ts';
import { SimulatedStatusDisk, SimulatedStatusStore } from '../../sim/status-store.ts';
import { VirtualTime } from '../../sim/time.ts';
import { compareHlc } from '../../src/core/jobs/hlc.ts';
import { claimed, progressed } from '../../src/core/jobs/transitions.ts';
import { StatusMap, type StatusMapOptions } from '../../src/jobs/status-map.ts';
import { writing } from '../../src/jobs/wire.ts';
import { type Log, silentLog } from '../../src/platform/log.ts';
import { acceptedJob, START_MS } from '../core/jobs/helpers/statuses.ts';

const options: StatusMapOptions = {
  maxRecords: 5,
  maxTtlMs: 100_000,
  maxAheadMs: 5000,
  maxDriftMs: 1000,
  maxPage: 3,
};

async function machine(log: Log = silentLog) {
  const time = new VirtualTime();
  const disk = new SimulatedStatusDisk(new SeededRandom(1));
  const clock = new MachineClock(time);
  const run = <T>(promise: Promise<T>) => time.settle(promise, 1e6);
  const open = async () => {
    const map = new StatusMap({ store: new SimulatedStatusStore(disk, clock), clock, log, options });
    await run(map.open());
    return map;
  };
  return { time, disk, clock, run, open, map: await open() };
}

const write = (id: string, livesMs = 50_000) => ({ record: writing(acceptedJob(id), START_MS + livesMs) });

test('what was written is found, listed and told, until it expires', async (t) => {
  const { time, run, map } = await machine();
  const told: string[] = [];
  const stop = map.onChange(({ status }) => told.push(`${status.id} ${status.progress}`));
  await run(map.write(write('one')));
  await run(map.write(write('two', 90_000)));
  const running = progressed(claimed(acceptedJob('one'), 'b', map.time()), { progress: 7 }, map.time());
  await run(map.write({ record: writing(running, START_MS + 50_000) }));
  t.is(await run(map.write(write('one'))), undefined);
  t.deepEqual(told, ['one 0', 'two 0', 'one 7']);
  t.is((await run(map.get('one')))?.status.progress, 7);
  t.is((await run(map.list())).total, 2);
  stop();
  await time.advance(60_000);
  t.is(await run(map.get('one')), undefined);
  await run(map.sweep());
  t.is((await run(map.list())).total, 1);
  t.is(map.index.size, 1);
  t.deepEqual(told, ['one 0', 'two 0', 'one 7']);
});

test('the version of a job is told while nobody writes it, and as long as it lives', async (t) => {
  const { time, run, map } = await machine();
  t.is(map.version('one'), undefined);
  const { record } = write('one');
  await run(map.write({ record }));
  t.like(map.version('one'), { fingerprint: record.fingerprint, expiresAt: record.expiresAt });
  const running = progressed(claimed(record.status, 'b', map.time()), { progress: 7 }, map.time());
  const next = writing(running, START_MS + 50_000);
  const writings = [map.write({ record: next }), map.write({ record })];
  t.is(map.version('one'), undefined);
  await run(Promise.all(writings));
  t.is(map.version('one')?.fingerprint, next.fingerprint);
  await time.advance(60_000);
  t.is(map.version('one'), undefined);
});

test('a full disk keeps no peer from knowing what is on it', async (t) => {
  const { time, disk, run, open, map } = await machine();
  await run(map.write(write('one')));
  await run(map.write(write('two', 90_000)));
  await time.advance(60_000);
  disk.full = true;
  const again = await open();
  t.is((await run(again.get('two')))?.status.id, 'two');
  t.is(await run(again.get('one')), undefined);
  disk.full = false;
  await run(again.sweep());
  t.is(again.index.size, 1);
});

test('a listener that throws harms neither the others nor the writer', async (t) => {
  const failures: object[] = [];
  const { run, map } = await machine({ ...silentLog, error: (context) => failures.push(context) });
  let told = 0;
  map.onChange(() => {
    throw new Error('broken');
  });
  map.onChange(() => {
    told += 1;
  });
  await run(map.write(write('one')));
  t.is(told, 1);
  t.is(failures.length, 1);
});

test('a full map refuses new jobs of its own, drops those of others, and says so', async (t) => {
  const warnings: object[] = [];
  const { run, map } = await machine({ ...silentLog, warn: (context) => warnings.push(context) });
  const { kept } = await run(map.take(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => write(id))));
  t.deepEqual(kept, ['a', 'b', 'c', 'd', 'e']);
  await t.throwsAsync(run(map.write(write('h'))), { code: 'BUSY' });
  await run(map.write(write('a', 60_000)));
  await run(map.sweep());
  t.like(warnings[0], { full: 2, clockAhead: 0 });
});

test('own times are later than those of statuses taken', async (t) => {
  const { run, map } = await machine();
  const updated = { wallMs: START_MS + 900, counter: 4 };
  await run(map.take([{ record: writing(acceptedJob('one', { updated }), START_MS + 50_000) }]));
  t.true(compareHlc(map.time(), updated) > 0);
});

test('pages are bounded', async (t) => {
  const { run, map } = await machine();
  await run(map.take(['a', 'b', 'c', 'd'].map((id) => write(id))));
  const { records, total } = await run(map.list({}, { by: 'submitted', descending: false }, { limit: 100 }));
  t.is(total, 4);
  t.is(records.length, 3);
});

test('a start reads what is there; after a long absence it begins anew', async (t) => {
  const { time, run, map, open } = await machine();
  await run(map.take([write('a'), write('b', 99_000)]));
  await time.advance(60_000);
  const again = await open();
  t.is(again.index.size, 1);
  t.is((await run(again.get('b')))?.status.id, 'b');
  // Statuses do not live that long; were there one, it would be discarded all the same.
  await run(again.write(write('c', 900_000)));
  await time.advance(200_000);
  t.is((await open()).index.size, 0);
});
