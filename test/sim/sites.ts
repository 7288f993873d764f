import test from 'ava';
import { Sites } from '../../sim/sites.ts';
import { World } from '../../sim/world.ts';

const MEGABYTE = 1_000_000;

/** Two machines, in rooms that are 20 ms and 1 MB/s apart, or in the same one. */
async function pair(sites: readonly [string, string]) {
  const world = new World(1, { latencyMs: 0.2, jitterMs: 0 });
  const machines = [world.addMachine(), world.addMachine()] as const;
  world.fabric.sites = new Sites(new Map(machines.map(({ peer }, index) => [peer, sites[index]!])), {
    latencyMs: 20,
    bandwidthBytesPerMs: 1_000,
  });
  const [one, other] = [machines[0].boot().network, machines[1].boot().network];
  await one.start();
  await other.start();
  const target = { peer: other.self, addresses: other.addresses() };
  await world.time.settle(one.connect(target, { timeoutMs: 5_000 }), 6_000);
  other.onCall('echo', async () => new Uint8Array(0));
  const call = async (bytes: number) => {
    const startedAt = world.time.nowMs;
    await world.time.settle(
      one.call(other.self, 'echo', new Uint8Array(bytes), { timeoutMs: 60_000 }),
      60_000,
    );
    return world.time.nowMs - startedAt;
  };
  return { world, call };
}

test('within a room the way is short', async (t) => {
  const { call } = await pair(['a', 'a']);
  t.true((await call(0)) < 1);
});

test('between rooms every message takes the link’s time', async (t) => {
  const { call } = await pair(['a', 'b']);
  const ms = await call(0);
  t.true(ms > 40 && ms < 42);
});

test('all who send across share the link, each direction by itself', (t) => {
  const siteOf = new Map([
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
  ]);
  const sites = new Sites(siteOf, { latencyMs: 0, bandwidthBytesPerMs: 1_000 });
  t.is(sites.throughMs('a1', 'b1', MEGABYTE, 0), 1_000);
  t.is(sites.throughMs('a2', 'b1', MEGABYTE, 500), 2_000);
  t.is(sites.throughMs('b1', 'a1', MEGABYTE, 500), 1_500);
  t.is(sites.throughMs('a1', 'a2', MEGABYTE, 500), 500);
});
