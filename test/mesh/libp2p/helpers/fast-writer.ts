// A process that writes to a peer as fast as it may, and tells on request how far it came and what it needs.
import { createIdentity } from '../../../../src/mesh/libp2p/identity.ts';
import { createLibp2pNetwork } from '../../../../src/mesh/libp2p/network.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { systemClock } from '../../../../src/platform/system.ts';
import { defaults } from './options.ts';

const CHUNK_BYTES = 65_536;
const options = { timeoutMs: 20_000 };
const [peer, address, meshKey, streams] = process.argv.slice(2) as [string, string, string, string];

const network = createLibp2pNetwork({
  privateKey: await createIdentity(),
  meshKey: Buffer.from(meshKey, 'hex'),
  listen: ['127.0.0.1:0'],
  mdns: false,
  clock: systemClock,
  log: silentLog,
  options: defaults,
});
await network.start();
await network.connect({ peer, addresses: [address] }, options);
let written = 0;
const rssBefore = process.memoryUsage.rss();

async function writeForEver(): Promise<void> {
  const stream = await network.openStream(peer, '/slow', options);
  for (;;) {
    await stream.write(new Uint8Array(CHUNK_BYTES));
    written += CHUNK_BYTES;
  }
}

process.on('message', () => process.send!({ written, rssGrowth: process.memoryUsage.rss() - rssBefore }));
process.on('disconnect', () => process.exit());
for (let index = 0; index < Number(streams); index++) void writeForEver().catch(() => undefined);
