import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { SeededRandom } from '../../sim/random.ts';
import { SimulatedStatusDisk, SimulatedStatusStore } from '../../sim/status-store.ts';
import { VirtualTime } from '../../sim/time.ts';
import { writing } from '../../src/jobs/wire.ts';
import { acceptedJob, START_MS } from '../core/jobs/helpers/statuses.ts';
import { testStatusStoreCompliance } from '../jobs/compliance/status-store.ts';

function machine(seed = 1) {
  const time = new VirtualTime();
  const disk = new SimulatedStatusDisk(new SeededRandom(seed));
  const run = <T>(promise: Promise<T>) => time.settle(promise, 1e6);
  const boot = () => new SimulatedStatusStore(disk, new MachineClock(time));
  return { disk, run, boot };
}

testStatusStoreCompliance('simulated', async () => {
  const { run, boot } = machine();
  return { store: boot(), reopen: async () => boot(), run };
});

test('a loss of power takes the end of what was not synced, never what was', async (t) => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 40; seed += 1) {
    const { disk, run, boot } = machine(seed);
    const store = boot();
    const put = (id: string, durable: boolean) =>
      run(store.put([{ record: writing(acceptedJob(id), START_MS + 1e6) }], { durable }));
    await put('a', false);
    await put('b', true);
    await put('c', false);
    await put('d', false);
    await run(store.remove({ expiresTo: START_MS + 1e6 }));
    disk.losePower();
    const left = [...(await run(boot().entries()))].map(([id]) => id).sort();
    outcomes.add(left.join(''));
  }
  t.deepEqual([...outcomes].sort(), ['', 'ab', 'abc', 'abcd']);
});

test('what was marked is not taken any more once that was waited for', async (t) => {
  for (let seed = 0; seed < 20; seed += 1) {
    const { disk, run, boot } = machine(seed);
    const store = boot();
    await run(store.put([{ record: writing(acceptedJob('a'), START_MS + 1e6) }]));
    await run(store.mark()());
    disk.losePower();
    t.not(await run(boot().get('a')), undefined);
  }
});

test('a new disk is empty', async (t) => {
  const { disk, run, boot } = machine();
  await run(boot().put([{ record: writing(acceptedJob('a'), START_MS + 1e6) }], { durable: true }));
  disk.wipe();
  t.deepEqual([...(await run(boot().entries()))], []);
});
