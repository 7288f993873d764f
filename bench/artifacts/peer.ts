// One of two processes between which an artifact goes: a peer with a store, and beside it a plain TCP copy.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Artifacts } from '../../src/artifacts/artifacts.ts';
import { DiskFiles } from '../../src/artifacts/disk-files.ts';
import { ArtifactStore } from '../../src/artifacts/store.ts';
import { boundHeap } from '../../src/cli/heap.ts';
import { artifactsConfig } from '../../src/config/artifacts.ts';
import { networkConfig } from '../../src/config/network.ts';
import { createIdentity } from '../../src/mesh/libp2p/identity.ts';
import { createLibp2pNetwork } from '../../src/mesh/libp2p/network.ts';
import { DiskStorage } from '../../src/platform/disk-storage.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemClock, systemRandom } from '../../src/platform/system.ts';

export type Command =
  | { readonly do: 'make'; readonly bytes: number }
  | { readonly do: 'serve copy'; readonly file: string }
  | { readonly do: 'fetch'; readonly peer: string; readonly addresses: string[]; readonly artifact: string }
  | { readonly do: 'copy'; readonly port: number }
  | { readonly do: 'forget'; readonly artifact: string }
  | { readonly do: 'rss' }
  | { readonly do: 'cpu' };

// As every peer does.
boundHeap();

const [folder, meshKey] = process.argv.slice(2) as [string, string];
const SAMPLE_MS = 100;
const world = { clock: systemClock, random: systemRandom, log: silentLog };
const options = artifactsConfig.parse({ store: { quotaBytes: 2 ** 34, minFreeBytes: 0 } });
const owner = { owner: 'bench', expiresAt: 4e12 };

const network = createLibp2pNetwork({
  ...world,
  privateKey: await createIdentity(),
  meshKey: Buffer.from(meshKey, 'hex'),
  listen: ['127.0.0.1:0'],
  mdns: false,
  options: networkConfig.parse({}),
});
await network.start();
const store = new ArtifactStore({
  ...world,
  files: await DiskFiles.open(path.join(folder, 'files')),
  storage: await DiskStorage.open(path.join(folder, 'records')),
  options: options.store,
});
await store.open();
const artifacts = new Artifacts({
  ...world,
  network,
  store,
  members: () => network.connected(),
  ensureConnected: () => Promise.reject(new Error('not connected')),
  options,
});
const plain = path.join(folder, 'plain');

async function* noise(bytes: number) {
  const block = randomBytes(1024 * 1024);
  for (let at = 0; at < bytes; at += block.length) {
    block.writeUInt32LE(at / block.length);
    yield Buffer.from(block.subarray(0, Math.min(block.length, bytes - at)));
  }
}

async function make(bytes: number) {
  const { id } = await store.write(noise(bytes), owner);
  return { artifact: id, peer: network.self, addresses: network.addresses() };
}

/** Gives the bytes of a file to whoever connects. */
async function serveCopy(file: string) {
  const server = createServer((socket: Socket) => {
    const hash = createHash('sha256');
    const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
    source.on('data', (piece) => hash.update(piece));
    pipeline(source, socket)
      .then(() => hash.digest())
      .catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return { port: (server.address() as AddressInfo).port };
}

async function copy(port: number) {
  const startedAt = performance.now();
  const hash = createHash('sha256');
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('data', (piece) => hash.update(piece));
  await pipeline(socket, createWriteStream(plain));
  hash.digest();
  const handle = await open(plain);
  await handle.datasync();
  await handle.close();
  const ms = performance.now() - startedAt;
  await rm(plain);
  return { ms };
}

async function fetch(peer: string, addresses: string[], artifact: string) {
  if (!network.isConnected(peer)) await network.connect({ peer, addresses }, { timeoutMs: 10_000 });
  const startedAt = performance.now();
  await artifacts.fetch(artifact, { ...owner, holders: [peer] });
  return { ms: performance.now() - startedAt };
}

let peak = process.memoryUsage.rss();
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, SAMPLE_MS).unref();

/** What it is now, and the largest since it was last asked for. */
function rss() {
  const answer = { now: process.memoryUsage.rss(), peak };
  peak = answer.now;
  return answer;
}

async function obey(command: Command): Promise<object> {
  switch (command.do) {
    case 'make':
      return make(command.bytes);
    case 'serve copy':
      return serveCopy(command.file);
    case 'copy':
      return copy(command.port);
    case 'fetch':
      return fetch(command.peer, command.addresses, command.artifact);
    case 'forget':
      await store.releaseOwner(owner.owner);
      return {};
    case 'rss':
      return rss();
    case 'cpu': {
      const { user, system } = process.cpuUsage();
      return { ms: (user + system) / 1000 };
    }
  }
}

process.on('message', (command: Command) => {
  obey(command).then(
    (result) => process.send!({ result }),
    (error) => process.send!({ error: String(error?.stack ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send!({ result: {} });
