import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Config } from '../config.ts';
import type { DataDir } from '../data/data-dir.ts';
import { SqliteStatusStore } from '../jobs/sqlite-status-store.ts';
import type { OnAnswer } from '../maps/mesh-map-service.ts';
import { createLibp2pNetwork } from '../mesh/libp2p/network.ts';
import { Membership } from '../mesh/membership.ts';
import type { Member, Offer } from '../mesh/offer.ts';
import { DiskStorage } from '../platform/disk-storage.ts';
import type { Log } from '../platform/log.ts';
import type { Network } from '../platform/network.ts';
import type { Storage } from '../platform/storage.ts';
import { systemClock, systemRandom } from '../platform/system.ts';
import { JobSession } from './job-session.ts';
import { isPortTaken, rememberPort, withRememberedPort } from './listen-port.ts';
import type { Machine } from './machine.ts';
import type { MeshSecret } from './mesh-secret.ts';
import { MeshSession } from './mesh-session.ts';

export interface PlaceParts {
  readonly config: Config;
  readonly data: DataDir;
  readonly machine: Machine;
  readonly log: Log;
  /** Private key of this peer, the same in every mesh. */
  readonly identity: Uint8Array;
  readonly secret: MeshSecret;
  readonly offer: Offer;
  /** How late this peer's event loop has been, ms. */
  readonly localHealth: () => number;
  readonly onAnswer: OnAnswer;
  readonly onMember: (member: Member) => void;
}

/** What a peer has in one mesh: connections, members, its share of maps and jobs. */
export class MeshPlace {
  readonly secret: MeshSecret;
  readonly session: MeshSession;
  readonly jobs: JobSession;

  readonly #opened: AsyncDisposableStack;

  private constructor(
    secret: MeshSecret,
    session: MeshSession,
    jobs: JobSession,
    opened: AsyncDisposableStack,
  ) {
    this.secret = secret;
    this.session = session;
    this.jobs = jobs;
    this.#opened = opened;
  }

  /** Begins a life in a mesh; leaves nothing behind when that fails. */
  static async enter(parts: PlaceParts): Promise<MeshPlace> {
    const { config, data, machine, log, secret } = parts;
    const clock = systemClock;
    await using opened = new AsyncDisposableStack();
    const storage = await DiskStorage.open(await data.folder('mesh'));
    const network = await startNetwork(parts, storage);
    opened.defer(() => network.stop());
    const membership = new Membership({
      network,
      clock,
      random: systemRandom,
      storage,
      seeds: [...config.membership.seeds, ...secret.seeds],
      options: config.membership,
      offer: parts.offer,
      localHealth: parts.localHealth,
      log,
    });
    opened.defer(() => membership.stop());
    const session = new MeshSession({
      config,
      network,
      membership,
      engines: machine.engines,
      catalogue: machine.catalogue,
      cache: machine.cache,
      clock,
      random: systemRandom,
      log,
      onAnswer: parts.onAnswer,
      owner: machine.owner,
    });
    opened.defer(() => session.close());
    membership.on('change', parts.onMember);
    const statuses = path.join(await data.folder('jobs'), folderOf(secret.key), 'statuses.sqlite');
    const jobs = await JobSession.open({
      config,
      network,
      membership,
      machine: machine.jobs,
      store: SqliteStatusStore.open(statuses, log),
      owner: machine.owner,
      isIdle: () => machine.owner.takesJobsOfOthers && session.drawing === 0,
      clock,
      random: systemRandom,
      log,
    });
    opened.defer(() => jobs.close());
    await membership.start();
    return new MeshPlace(secret, session, jobs, opened.move());
  }

  /** Something is under way that others wait for. */
  get busy(): boolean {
    return this.session.busy || this.jobs.busy;
  }

  /** Takes nothing new; with `now` what runs is handed over as far as that does no harm. */
  drain({ now }: { readonly now: boolean }): void {
    this.session.drain();
    this.jobs.service.drain({ running: now });
  }

  /** Takes work again. */
  resume(): void {
    this.session.resume();
    this.jobs.service.resume();
  }

  /** Ends all of it, the connections last; what fails keeps nothing else from ending. */
  async leave(): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

/** On the port of last time if that is free, else on another one; a port that the user named is not exchanged. */
async function startNetwork(parts: PlaceParts, storage: Storage): Promise<Network> {
  const { listen } = parts.config.network;
  const remembered = await withRememberedPort(listen, storage);
  let network = networkOf(parts, remembered);
  try {
    await network.start();
  } catch (error) {
    if (!isPortTaken(error) || remembered.join() === listen.join()) throw error;
    await network.stop();
    network = networkOf(parts, listen);
    await network.start();
  }
  await rememberPort(network.addresses(), storage).catch((error) => {
    parts.log.warn({ err: error }, 'the port could not be remembered; the next start may take another one');
  });
  return network;
}

function networkOf({ config, identity, secret, log }: PlaceParts, listen: readonly string[]): Network {
  return createLibp2pNetwork({
    privateKey: identity,
    meshKey: secret.key,
    listen,
    mdns: config.network.mdns,
    clock: systemClock,
    log,
    options: config.network,
  });
}

/** Each mesh has statuses of its own, in a folder whose name tells nothing of the key. */
function folderOf(key: Uint8Array): string {
  return createHash('sha256').update('gismesh job statuses').update(key).digest('hex').slice(0, 32);
}
