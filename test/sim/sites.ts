import test from 'ava';
import type { FabricOptions } from '../../sim/fabric.ts';
import type { SimulatedNetwork } from '../../sim/network.ts';
import { Sites } from '../../sim/sites.ts';
import { World } from '../../sim/world.ts';

const MEGABYTE = 1_000_000;

/** Machines that are connected to the last of them, in rooms that are 20 ms and 1 MB/s apart, or in the same one. */
async function machinesIn(rooms: readonly string[], options: Partial<FabricOptions> = {}) {
  const world = new World(1, { latencyMs: 0.2, jitterMs: 0, ...options });
  const machines = rooms.map(() => world.addMachine());
  world.fabric.sites = new Sites(new Map(machines.map(({ peer }, index) => [peer, rooms[index]!])), {
    latencyMs: 20,
    bandwidthBytesPerMs: 1_000,
  });
  const networks = machines.map((machine) => machine.boot().network);
  for (const network of networks) await network.start();
  const last = networks.at(-1)!;
  last.onCall('echo', async () => new Uint8Array(0));
  const target = { peer: last.self, addresses: last.addresses() };
  for (const network of networks.slice(0, -1)) {
    await world.time.settle(network.connect(target, { timeoutMs: 5_000 }), 6_000);
  }
  /** How long a call of the last one takes, ms. */
  const call = async (from: SimulatedNetwork, bytes: number) => {
    const startedAt = world.time.nowMs;
    const answer = from.call(last.self, 'echo', new Uint8Array(bytes), { timeoutMs: 60_000 });
    await world.time.settle(answer, 60_000);
    return world.time.nowMs - startedAt;
  };
  return { world, networks, call };
}

test('within a room the way is short', async (t) => {
  const { networks, call } = await machinesIn(['a', 'a']);
  t.true((await call(networks[0]!, 0)) < 1);
});

test('between rooms every message takes the link’s time', async (t) => {
  const { networks, call } = await machinesIn(['a', 'b']);
  const ms = await call(networks[0]!, 0);
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

test('what is sent again in a while takes its share of the link, and keeps nobody waiting until then', async (t) => {
  const { world, networks, call } = await machinesIn(['a', 'a', 'b'], { retransmissionMs: 600_000 });
  const [cut, other, last] = networks as [SimulatedNetwork, SimulatedNetwork, SimulatedNetwork];
  world.fabric.partition([cut.self], [last.self]);
  cut.notify(last.self, 'late', new Uint8Array(MEGABYTE / 10));
  world.fabric.heal();
  const ms = await call(other, 0);
  t.true(ms > 140 && ms < 142, `${ms} ms`);
});
