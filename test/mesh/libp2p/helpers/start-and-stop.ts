// Uses two networks, stops them while they are busy, and must then end by itself.
import { createIdentity } from '../../../../src/mesh/libp2p/identity.ts';
import { createLibp2pNetwork } from '../../../../src/mesh/libp2p/network.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { systemClock } from '../../../../src/platform/system.ts';
import { defaults } from './options.ts';

const mdns = { port: 45_353, interfaces: () => ['127.0.0.1'] };
const meshKey = new Uint8Array(32);
const options = { timeoutMs: 20_000 };

async function start() {
  const privateKey = await createIdentity();
  const common = {
    meshKey,
    listen: ['127.0.0.1:0'],
    mdns,
    clock: systemClock,
    log: silentLog,
    options: defaults,
  };
  const network = createLibp2pNetwork({ privateKey, ...common });
  await network.start();
  return network;
}

const [a, b] = [await start(), await start()];
await a.connect({ peer: b.self, addresses: b.addresses() }, options);
b.onCall('wait', () => new Promise(() => undefined));
b.onStream('/held', () => new Promise(() => undefined));
const pending = a.call(b.self, 'wait', new Uint8Array(1), options).catch(() => undefined);
const stream = await a.openStream(b.self, '/held', options);
const blocked = (async () => {
  for (;;) await stream.write(new Uint8Array(65_536));
})().catch(() => undefined);
await a.stop();
await b.stop();
await Promise.all([pending, blocked]);
console.log('stopped');
