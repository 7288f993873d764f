import { availableParallelism, hostname } from 'node:os';
import type { Config } from '../config.ts';
import { GismeshError } from '../core/errors.ts';
import type { DataDir } from '../data/data-dir.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { Provenance } from '../maps/map-service.ts';
import { formatInvitation } from '../mesh/invitation.ts';
import { createIdentity } from '../mesh/libp2p/identity.ts';
import type { Offer } from '../mesh/offer.ts';
import type { PeerLoad, PeerStatus } from '../mesh/peer-status.ts';
import { sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import { systemClock } from '../platform/system.ts';
import { version } from '../version.ts';
import { ANNOUNCE_LOAD_MS, announceLoad, loadOf } from './announce.ts';
import { DrawnCounts } from './drawn-counts.ts';
import { EventLoopHealth } from './event-loop-health.ts';
import type { NodeEvents } from './events.ts';
import type { JobSession } from './job-session.ts';
import type { Machine } from './machine.ts';
import { MeshPlace } from './mesh-place.ts';
import { type MeshSecret, meshSecretOf, readInvitation, saveMesh } from './mesh-secret.ts';
import type { MeshSession } from './mesh-session.ts';
import { RateLimit } from './rate-limit.ts';
import { describePeer } from './status.ts';

export interface HostParts {
  readonly config: Config;
  readonly data: DataDir;
  readonly machine: Machine;
  readonly events: NodeEvents;
  readonly log: Log;
}

/** Wire protocols that this version speaks (protocols/). */
const PROTOCOLS = [
  { name: 'control', version: 1 },
  { name: 'membership', version: 1 },
  { name: 'maps', version: 1 },
] as const;

/** What a machine has to do. */
export interface PeerWork {
  /** It takes nothing new. */
  readonly draining: boolean;
  /** Drawings under way. */
  readonly drawing: number;
  /** Jobs that it executes. */
  readonly running: number;
  /** Jobs that wait for a slot of it. */
  readonly queued: number;
  /** Jobs for which it seeks another peer. */
  readonly unplaced: number;
}

const MAX_COUNTED_PEERS = 2_000;
const DRAIN_POLL_MS = 50;
/** More of them nobody can follow with the eyes, and a busy front door answers thousands of requests. */
const MAX_DRAWN_EVENTS_PER_SECOND = 20;

/** This peer's place in the mesh it belongs to now; an invitation moves it to another while all else runs on. */
export class MeshHost {
  readonly #parts: HostParts;
  readonly #identity: Uint8Array;
  readonly #health = new EventLoopHealth();
  readonly #drawn = new DrawnCounts(MAX_COUNTED_PEERS);
  readonly #drawnEvents = new RateLimit(systemClock, MAX_DRAWN_EVENTS_PER_SECOND);
  #announcing: NodeJS.Timeout | undefined;
  #place!: MeshPlace;
  readonly #onJobs: Array<(service: JobService) => void> = [];
  #moving: Promise<void> = Promise.resolve();
  /** Takes nothing new; `now`: hands over what runs as well. */
  #draining: { readonly now: boolean } | undefined;
  #stopping = false;

  private constructor(parts: HostParts, identity: Uint8Array) {
    this.#parts = parts;
    this.#identity = identity;
  }

  static async open(parts: HostParts): Promise<MeshHost> {
    const { data, config } = parts;
    const stored = await data.loadIdentity();
    const identity = stored ?? (await createIdentity());
    if (!stored) await data.saveIdentity(identity);
    const secret = await meshSecretOf(data, config.node.join);
    const host = new MeshHost(parts, identity);
    try {
      await host.#enter(secret);
    } catch (error) {
      host.#rest();
      throw error;
    }
    host.#announcing = setInterval(() => host.#announceLoad(), ANNOUNCE_LOAD_MS).unref();
    parts.machine.catalogue.on(() => host.#announceProjects());
    parts.machine.owner.onChange((ownerState) => host.session.membership.update({ ownerState }));
    return host;
  }

  get session(): MeshSession {
    return this.#place.session;
  }

  /** Jobs of the mesh that this peer belongs to now. */
  get jobs(): JobSession {
    return this.#place.jobs;
  }

  /** Calls the listener with the jobs of this mesh, and of each that this peer moves to. */
  onJobs(listener: (service: JobService) => void): void {
    this.#onJobs.push(listener);
    listener(this.jobs.service);
  }

  get self(): PeerId {
    return this.session.network.self;
  }

  addresses(): string[] {
    return this.session.network.addresses();
  }

  peers(): PeerStatus[] {
    const load = this.#load();
    return this.session.membership.members().map((member) => describePeer(member, this.#drawn, load));
  }

  /** What another machine needs to come in; its seeds are this peer's addresses, reachable ones first. */
  invitation(): { invitation: string; words: string | null } {
    const seeds = [...this.addresses()].sort((a, b) => Number(isLoopback(a)) - Number(isLoopback(b)));
    return {
      invitation: formatInvitation({ key: this.#place.secret.key, seeds }),
      words: this.#place.secret.words,
    };
  }

  /**
   * Leaves the present mesh for the one of the invitation; one move at a time. Rejects with `INVITATION_INVALID`,
   * `BUSY` while the peer stops, or what kept it out of the new mesh: it is then back in the old one.
   */
  async join(text: string): Promise<void> {
    const move = this.#moving.then(() => this.#move(text));
    this.#moving = move.catch(() => {});
    await move;
  }

  /** Takes no more work and waits until what is under way is done, at most `withinMs`. */
  async finish(withinMs: number): Promise<void> {
    this.#stopping = true;
    this.#drain({ now: true });
    const deadline = systemClock.now() + withinMs;
    while (this.#place.busy && systemClock.now() < deadline)
      await keepingAwake(sleep(systemClock, DRAIN_POLL_MS));
  }

  /**
   * Takes nothing new from now on: finishes what runs, or with `now` hands it over as far as that does no harm, and hands
   * over what waits. Its front door goes on, with what others do for it. Ends with `resume` or the peer itself.
   */
  drain(how: { readonly now: boolean }): void {
    if (!this.#stopping) this.#drain(how);
  }

  /** Takes work again. Throws `BUSY` when it is stopping. */
  resume(): void {
    if (this.#stopping) throw new GismeshError('BUSY', 'This peer is stopping and takes no more work');
    this.#draining = undefined;
    this.#place.resume();
    this.#announceLoad();
  }

  /** What this machine has to do, for itself and others. */
  get work(): PeerWork {
    const { running, queued } = this.jobs.service.load;
    const { unplaced } = this.jobs.service;
    const { drawing } = this.session;
    return { draining: this.#draining !== undefined, drawing, running, queued: queued - unplaced, unplaced };
  }

  async close(): Promise<void> {
    this.#stopping = true;
    await this.#moving;
    this.#rest();
    await this.#place.leave();
  }

  #drain(how: { readonly now: boolean }): void {
    this.#draining = how;
    this.#place.drain(how);
    this.#announceLoad();
  }

  #rest(): void {
    clearInterval(this.#announcing);
    this.#health.close();
  }

  async #move(text: string): Promise<void> {
    if (this.#stopping) throw new GismeshError('BUSY', 'This peer is stopping and joins no other mesh');
    const { data, log } = this.#parts;
    const before = this.#place.secret;
    const next = await saveMesh(data, await readInvitation(data, text));
    await this.#place.leave();
    try {
      await this.#enter(next);
    } catch (error) {
      log.error({ err: error }, 'could not enter the other mesh; back to the former one');
      await this.#enter(before);
      await saveMesh(data, before);
      throw error;
    }
  }

  async #enter(secret: MeshSecret): Promise<void> {
    const { config, data, machine, events, log } = this.#parts;
    this.#place = await MeshPlace.enter({
      config,
      data,
      machine,
      log,
      identity: this.#identity,
      secret,
      offer: this.#offer(),
      localHealth: () => this.#health.worstDelayMs(),
      onAnswer: (answer, project) => this.#answered(answer, project),
      onMember: (member) =>
        events.emit({ event: 'peer', peer: describePeer(member, this.#drawn, this.#load()) }),
    });
    for (const listener of this.#onJobs) listener(this.jobs.service);
    if (this.#draining) this.#place.drain(this.#draining);
    // All of it may have changed meanwhile.
    this.session.membership.update({ ownerState: machine.owner.state });
    this.#announceProjects();
    this.#announceLoad();
  }

  #announceProjects(): void {
    this.session.projectsChanged();
    this.session.membership.update({ projects: this.#projects() });
  }

  #announceLoad(): void {
    announceLoad(this.session.membership, this.#load(), this.#draining !== undefined);
  }

  #offer(): Offer {
    const { config, machine } = this.#parts;
    const { running, queued, slots } = this.#load();
    return {
      name: config.node.name || hostname(),
      version: version(),
      protocols: PROTOCOLS,
      engines: [...machine.engines.values()].map((engine) => engine.identity),
      projects: this.#projects(),
      cores: availableParallelism(),
      slots,
      load: { running, queued },
      ownerState: machine.owner.state,
      draining: this.#draining !== undefined,
    };
  }

  #projects(): Array<{ id: string; hash: string }> {
    return this.#parts.machine.catalogue
      .list()
      .map(({ description }) => ({ id: description.id, hash: description.hash }));
  }

  #load(): PeerLoad {
    return loadOf(this.#parts.machine.engines);
  }

  #answered({ peer, peerName, cache, timing }: Provenance, project: string): void {
    if (cache === 'hit') return;
    this.#drawn.add(peer);
    const { events } = this.#parts;
    if (events.hasListeners && this.#drawnEvents.take())
      events.emit({ event: 'drawn', peerId: peer, name: peerName, project, ms: timing.render ?? 0 });
  }
}

function isLoopback(address: string): boolean {
  return /^\/ip4\/127\.|^\/ip6\/::1\//.test(address);
}

/** The product's timers keep no process alive; this wait has to. */
async function keepingAwake<T>(waiting: Promise<T>): Promise<T> {
  const anchor = setInterval(() => {}, 1_000);
  try {
    return await waiting;
  } finally {
    clearInterval(anchor);
  }
}
