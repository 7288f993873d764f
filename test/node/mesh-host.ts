import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { configSchema } from '../../src/config.ts';
import { GismeshError } from '../../src/core/errors.ts';
import { DataDir } from '../../src/data/data-dir.ts';
import type { NodeEvent } from '../../src/http/node-event.ts';
import { PackCache } from '../../src/maps/cache.ts';
import { formatInvitation } from '../../src/mesh/invitation.ts';
import { NodeEvents } from '../../src/node/events.ts';
import { openJobMachine } from '../../src/node/job-machine.ts';
import type { Machine } from '../../src/node/machine.ts';
import { MeshHost } from '../../src/node/mesh-host.ts';
import { OwnerWatch } from '../../src/node/owner/owner-watch.ts';
import { DiskStorage } from '../../src/platform/disk-storage.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemClock } from '../../src/platform/system.ts';

interface Peer {
  readonly host: MeshHost;
  readonly data: DataDir;
  readonly events: NodeEvents;
  /** Listeners that the host has put on the catalogue. */
  readonly catalogueListeners: unknown[];
}

/** A peer on loopback that draws nothing. */
async function peerOf(t: ExecutionContext, join = ''): Promise<Peer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-host-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const data = await DataDir.open(folder);
  const config = configSchema.parse({
    node: { data: folder, join },
    network: { listen: ['127.0.0.1:0'], mdns: false },
  });
  const catalogueListeners: unknown[] = [];
  const catalogue = {
    current: () => undefined,
    byHash: () => undefined,
    list: () => [],
    hold: () => undefined,
    on: (listener: unknown) => catalogueListeners.push(listener),
  };
  const cache = new PackCache(
    await DiskStorage.open(path.join(folder, 'tiles')),
    systemClock,
    config.maps.cache,
    silentLog,
  );
  const jobs = await openJobMachine(config, data, undefined, silentLog);
  t.teardown(() => jobs.processes.stop());
  const owner = new OwnerWatch({
    senses: undefined,
    clock: systemClock,
    log: silentLog,
    options: config.owner,
  });
  const machine = { engines: new Map(), catalogue, cache, jobs, owner } as unknown as Machine;
  const events = new NodeEvents();
  const host = await MeshHost.open({ config, data, machine, events, log: silentLog });
  t.teardown(() => host.close());
  return { host, data, events, catalogueListeners };
}

/** Resolves when the host knows another living peer. */
function met({ host, events }: Peer, other: Peer): Promise<void> {
  return new Promise((resolve) => {
    const look = (event?: NodeEvent) => {
      const peer = host.peers().find(({ peerId }) => peerId === other.host.self);
      if (peer?.state !== 'alive' || event?.event === 'project') return;
      stop();
      resolve();
    };
    const stop = events.on(look);
    look();
  });
}

test('an invitation moves a running peer to another mesh, with one set of listeners', async (t) => {
  const [one, two] = [await peerOf(t), await peerOf(t)];
  const { self } = two.host;
  await two.host.join(one.host.invitation().invitation);
  await Promise.all([met(one, two), met(two, one)]);
  t.is(two.host.self, self);
  t.is(two.catalogueListeners.length, 1);
  t.is(two.host.invitation().words, null);
});

test('a peer that cannot enter another mesh stays in its own, also after a restart', async (t) => {
  const [one, two] = [await peerOf(t), await peerOf(t)];
  await two.host.join(one.host.invitation().invitation);
  await met(two, one);
  const stored = await readFile(path.join(two.data.path, 'mesh.json'), 'utf8');
  const folder = two.data.folder.bind(two.data);
  let failures = 0;
  two.data.folder = async (name) => {
    failures += 1;
    if (failures > 1) return await folder(name);
    throw new GismeshError('DATA_DIR_UNUSABLE', 'the disk is full');
  };
  const other = formatInvitation({ key: new Uint8Array(32).fill(9), seeds: [] });
  await t.throwsAsync(two.host.join(other), { code: 'DATA_DIR_UNUSABLE' });
  await Promise.all([met(one, two), met(two, one)]);
  t.is(await readFile(path.join(two.data.path, 'mesh.json'), 'utf8'), stored);
});

test('what is no invitation disturbs nothing', async (t) => {
  const { host } = await peerOf(t);
  const { session } = host;
  await t.throwsAsync(host.join('one two three'), { code: 'INVITATION_INVALID' });
  t.is(host.session, session);
});

test('a peer that stops finishes its move, and begins no other one', async (t) => {
  const [one, two] = [await peerOf(t), await peerOf(t)];
  const { invitation } = one.host.invitation();
  const moving = two.host.join(invitation);
  await two.host.finish(1_000);
  const closing = two.host.close();
  await t.throwsAsync(two.host.join(invitation), { code: 'BUSY' });
  await t.notThrowsAsync(Promise.allSettled([moving, closing]));
  await closing;
});
