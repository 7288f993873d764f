import test from 'ava';
import { SimulatedArtifactFiles, SimulatedFileDisk } from '../../sim/artifact-files.ts';
import { MachineClock } from '../../sim/clock.ts';
import { SeededRandom } from '../../sim/random.ts';
import { SimulatedDisk, SimulatedStorage } from '../../sim/storage.ts';
import { VirtualTime } from '../../sim/time.ts';
import { testArtifactFilesCompliance } from '../artifacts/compliance/artifact-files.ts';
import { testArtifactStoreCompliance } from '../artifacts/compliance/artifact-store.ts';

function machine(seed = 1) {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  const disk = new SimulatedFileDisk(random);
  const clock = new MachineClock(time);
  return {
    disk,
    clock,
    random,
    files: new SimulatedArtifactFiles(disk, clock),
    storage: new SimulatedStorage(new SimulatedDisk(random), clock),
    run: <T>(promise: Promise<T>) => time.settle(promise, 1e6),
  };
}

testArtifactFilesCompliance('simulated', async () => machine());
testArtifactStoreCompliance('simulated', async () => machine());

test('another disk in its place has nothing on it', async (t) => {
  const { disk, files, run } = machine();
  const file = await run(files.create('incoming/a'));
  await run(file.write(0, [new Uint8Array(10)]));
  disk.wipe();
  t.deepEqual(await run(files.list()), []);
  t.is(disk.freeBytes, disk.capacityBytes);
});

test('a loss of power takes what was not synced, in part or all, and never what was', async (t) => {
  const lengths = new Set<number>();
  for (let seed = 0; seed < 40; seed += 1) {
    const { disk, files, run } = machine(seed);
    const file = await run(files.create('incoming/a'));
    await run(file.write(0, [new Uint8Array(10).fill(1)]));
    await run(file.sync());
    const other = await run(files.create('incoming/b'));
    await run(other.write(0, [new Uint8Array(10).fill(2)]));
    disk.losePower();
    const [a, b] = await run(files.list());
    t.is(a!.size, 10);
    lengths.add(b!.size);
  }
  t.true(lengths.has(0));
  t.true(lengths.size > 2);
});

test('a full disk says so', async (t) => {
  const { disk, files, run } = machine();
  disk.capacityBytes = 100;
  const file = await run(files.create('incoming/a'));
  await t.throwsAsync(run(file.write(0, [new Uint8Array(101)])), { code: 'STORE_FULL' });
});
