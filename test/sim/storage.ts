import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { SeededRandom } from '../../sim/random.ts';
import { SimulatedDisk, SimulatedStorage } from '../../sim/storage.ts';
import { VirtualTime } from '../../sim/time.ts';
import { testStorageCompliance } from '../platform/compliance/storage.ts';

function machine(seed = 1, capacityBytes = 1e9) {
  const time = new VirtualTime();
  const disk = new SimulatedDisk(new SeededRandom(seed), { capacityBytes });
  let clock = new MachineClock(time);
  const run = <T>(promise: Promise<T>) => time.settle(promise, 1e6);
  const boot = () => {
    clock.end();
    clock = new MachineClock(time);
    return new SimulatedStorage(disk, clock);
  };
  return { disk, run, boot };
}

testStorageCompliance('simulated', async () => {
  const { run, boot } = machine();
  return { storage: boot(), reopen: async () => boot(), run };
});

test('a loss of power takes what was not synced, as a whole or not at all', async (t) => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 50; seed += 1) {
    const { disk, run, boot } = machine(seed);
    const storage = boot();
    await run(storage.write('synced', Uint8Array.of(1), { durable: true }));
    await run(storage.write('replaced', Uint8Array.of(1), { durable: true }));
    await run(storage.write('replaced', Uint8Array.of(2)));
    await run(storage.write('replaced', Uint8Array.of(3)));
    await run(storage.write('new', Uint8Array.of(4)));
    await run(storage.write('removed', Uint8Array.of(5), { durable: true }));
    await run(storage.remove('removed'));
    disk.losePower();
    const after = boot();
    const read = async (name: string) => (await run(after.read(name)))?.[0];
    t.is(await read('synced'), 1);
    outcomes.add(`${await read('replaced')} ${await read('new')} ${await read('removed')}`);
  }
  const allowed = ['1', '3'].flatMap((one) =>
    ['4', 'undefined'].flatMap((two) => ['5', 'undefined'].map((three) => `${one} ${two} ${three}`)),
  );
  t.deepEqual([...outcomes].sort(), allowed.sort());
});

test('a full disk refuses a write and keeps the old content', async (t) => {
  const { run, boot } = machine(1, 100);
  const storage = boot();
  await run(storage.write('file', new Uint8Array(60)));
  await t.throwsAsync(run(storage.write('file', new Uint8Array(61))), { code: 'DATA_DIR_UNUSABLE' });
  t.is((await run(storage.read('file')))!.length, 60);
  await run(storage.remove('file'));
  await run(storage.write('file', new Uint8Array(61)));
});

test('a disk that somebody else has filled takes nothing, and keeps what it has', async (t) => {
  const { disk, run, boot } = machine();
  const storage = boot();
  await run(storage.write('a', Uint8Array.of(1)));
  disk.full = true;
  await t.throwsAsync(run(storage.write('a', Uint8Array.of(2))), { code: 'DATA_DIR_UNUSABLE' });
  t.deepEqual(await run(storage.read('a')), Uint8Array.of(1));
  disk.full = false;
  await run(storage.write('a', Uint8Array.of(2)));
  t.deepEqual(await run(storage.read('a')), Uint8Array.of(2));
});
