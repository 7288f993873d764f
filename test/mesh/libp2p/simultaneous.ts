import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import type { Network } from '../../../src/platform/network.ts';
import { loopbackMesh } from './helpers/world.ts';

const PEERS = 6;
const options = { timeoutMs: 60_000 };

/** Both ends of every connection of this process, which runs this one test. */
const openSockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

test('peers that all dial each other at once end up with one connection each, and no call is lost', async (t) => {
  const mesh = loopbackMesh(t, { options: { maxHandshakesPerHostPerSecond: 1000 } });
  const networks = await Promise.all(Array.from({ length: PEERS }, () => mesh.start()));
  const seen = { connects: 0, disconnects: 0, calls: 0 };
  for (const network of networks) {
    network.on('connect', () => seen.connects++);
    network.on('disconnect', () => seen.disconnects++);
    network.onCall('slow', async (payload) => {
      await delay(5);
      return payload;
    });
    network.onStream('/echo', async (stream) => {
      for await (const chunk of stream) await stream.write(chunk);
    });
  }
  const dials = networks.flatMap((from) =>
    networks
      .filter((to) => to !== from)
      .map((to) => from.connect({ peer: to.self, addresses: to.addresses() }, options)),
  );
  let settled = false;
  const chatter = networks.map(async (network) => {
    while (!settled) {
      await delay(1);
      await Promise.all(network.connected().flatMap((peer) => [call(network, peer), echo(network, peer)]));
      seen.calls++;
    }
  });
  await Promise.all(dials);
  while (openSockets() !== PEERS * (PEERS - 1)) await delay(10);
  settled = true;
  await Promise.all(chatter);
  t.is(seen.connects, PEERS * (PEERS - 1));
  t.is(seen.disconnects, 0);
  t.true(seen.calls > 0);
});

async function call(network: Network, peer: string): Promise<void> {
  await network.call(peer, 'slow', Uint8Array.of(1), options);
}

async function echo(network: Network, peer: string): Promise<void> {
  const stream = await network.openStream(peer, '/echo', options);
  await stream.write(new Uint8Array(100_000));
  await stream.closeWrite();
  let received = 0;
  for await (const chunk of stream) received += chunk.length;
  if (received !== 100_000) throw new Error(`${received} bytes came back`);
}
