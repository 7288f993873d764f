import type { EngineIdentity } from '../engines/engine.ts';
import type { Membership } from '../mesh/membership.ts';
import type { Member } from '../mesh/offer.ts';
import type { ProjectDescription } from '../ogc/project-description.ts';
import { type Clock, sleep, type Timer } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';
import type { Catalogue } from '../projects/project.ts';
import type { Drawing } from './drawing.ts';
import type { Holding, RemoteProjects } from './remote-projects.ts';

/** A project as this front door serves it: one version, and the engine that every drawing of it comes from. */
export interface ServedProject {
  readonly description: ProjectDescription;
  readonly engine: EngineIdentity;
}

const DEFAULT_PROJECT = 'world';

/** News of members is gathered for so long before it is looked at, unless somebody asks before: a room boots at once. */
const GATHER_MS = 500;

/** What matters here of a living member: loads change all the time. */
interface Known {
  readonly engines: Member['offer']['engines'];
  readonly projects: Member['offer']['projects'];
}

/** Every project that a living peer can draw. This peer's own version goes before any other peer's. */
export class MeshProjects {
  readonly #catalogue: Catalogue;
  readonly #engines: ReadonlyMap<string, EngineIdentity>;
  readonly #membership: Membership;
  readonly #remote: RemoteProjects;
  readonly #clock: Clock;
  /** Until then a project that nobody seems to have may be one that this peer has not heard of yet. */
  readonly #arrivedAt: number;
  #awaiting = 0;
  readonly #describeMs: number;
  #news = Promise.withResolvers<void>();
  #served: ReadonlyMap<string, ServedProject> = new Map();
  #isStale = false;
  #gathering: Timer | undefined;
  readonly #known = new Map<PeerId, Known>();
  /** Every version that a living member other than this peer holds, by hash. */
  readonly #held = new Map<
    string,
    { readonly id: string; readonly hash: string; readonly holders: PeerId[] }
  >();

  constructor(parts: {
    catalogue: Catalogue;
    engines: ReadonlyMap<string, EngineIdentity>;
    membership: Membership;
    remote: RemoteProjects;
    clock: Clock;
    /** How long after its start a peer may not have heard of every project, ms. */
    arrivalMs: number;
    /** How long a request waits for the description of a project that others hold, ms. */
    describeMs: number;
  }) {
    this.#catalogue = parts.catalogue;
    this.#engines = parts.engines;
    this.#membership = parts.membership;
    this.#remote = parts.remote;
    this.#clock = parts.clock;
    this.#describeMs = parts.describeMs;
    this.#arrivedAt = parts.clock.now() + parts.arrivalMs;
    parts.membership.on('change', (member) => {
      if (this.#learn(member)) this.#outdate();
    });
    parts.membership.on('forget', (peer) => {
      this.#note(peer, undefined);
      this.#outdate();
    });
    for (const member of parts.membership.members()) this.#learn(member);
    this.refresh();
  }

  /** Looks anew at who holds what; to be called when this peer's own projects have changed. */
  refresh(): void {
    this.#isStale = false;
    const served = new Map<string, ServedProject>();
    const serve = (description: ProjectDescription, engine: EngineIdentity) => {
      const before = this.#served.get(description.id);
      // The same object for as long as it means the same: plans made for it stay valid.
      const same = before?.description === description && sameEngine(engine)(before.engine);
      served.set(description.id, same ? before : { description, engine });
    };
    for (const { description } of this.#catalogue.list()) {
      const engine = this.#engines.get(description.engine);
      if (engine) serve(description, engine);
    }
    const holdings = this.#holdings();
    this.#remote.update(holdings, () => this.#outdate());
    for (const holding of holdings) {
      const description = this.#remote.get(holding.hash);
      const engine = description && this.#engineOf(holding, description.engine);
      if (engine && !served.has(holding.id)) serve(description, engine);
    }
    this.#served = served;
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /**
   * Resolves when the project is served, and anyhow once this peer has been here long enough to know, or, where
   * others have the project, once a description of it should have come: who asks a peer that has just started, or
   * that was cut off, gets the map a little later rather than an error.
   *
   * @throws the signal's reason
   */
  async awaitProject(id: string, signal: AbortSignal): Promise<void> {
    this.#awaiting += 1;
    try {
      await this.#await(id, signal);
    } finally {
      this.#awaiting -= 1;
    }
  }

  /** Requests that wait for a project. */
  get awaiting(): number {
    return this.#awaiting;
  }

  async #await(id: string, signal: AbortSignal): Promise<void> {
    const describedAt = this.#clock.now() + this.#describeMs;
    for (;;) {
      const until = this.#isHeld(id) ? Math.max(this.#arrivedAt, describedAt) : this.#arrivedAt;
      const restMs = until - this.#clock.now();
      if (restMs <= 0 || this.get(id) !== undefined) return;
      const turn = new AbortController();
      const rest = sleep(this.#clock, restMs, AbortSignal.any([signal, turn.signal])).catch(() => {});
      await Promise.race([rest, this.#news.promise]);
      turn.abort();
      signal.throwIfAborted();
    }
  }

  /** Some living peer has it, whether or not it is known here what it looks like. */
  #isHeld(id: string): boolean {
    const held = [...this.#held.values()];
    return id === '' ? held.length > 0 : held.some((version) => version.id === id);
  }

  list(): ServedProject[] {
    return [...this.#fresh().values()].sort((a, b) => (a.description.id < b.description.id ? -1 : 1));
  }

  get(id: string): ServedProject | undefined {
    return id === '' ? this.default() : this.#fresh().get(id);
  }

  default(): ServedProject | undefined {
    return this.#fresh().get(DEFAULT_PROJECT) ?? this.list()[0];
  }

  /** Living members other than this peer that hold the exact bundle and the very engine. */
  holders({ projectHash, engine }: Pick<Drawing, 'projectHash' | 'engine'>): Member[] {
    const isSame = sameEngine(engine);
    const holders = [...(this.#held.get(projectHash)?.holders ?? [])];
    return holders
      .map((peer) => this.#membership.member(peer))
      .filter((member) => member?.offer.engines.some(isSame) ?? false) as Member[];
  }

  close(): void {
    this.#gathering?.cancel();
    this.#remote.close();
  }

  /** Notes what a member holds; whether that is news. */
  #learn({ peer, self, state, offer: { engines, projects } }: Member): boolean {
    if (self) return false;
    const known = this.#known.get(peer);
    const living = isLiving(state);
    const isSame = known ? isEqual(known.engines, engines) && isEqual(known.projects, projects) : !living;
    if (isSame && living === (known !== undefined)) return false;
    this.#note(peer, living ? { engines, projects } : undefined);
    return true;
  }

  /** `now` is undefined for a member that is gone. */
  #note(peer: PeerId, now: Known | undefined): void {
    for (const { hash } of this.#known.get(peer)?.projects ?? []) {
      const holders = this.#held.get(hash)?.holders;
      const index = holders?.indexOf(peer) ?? -1;
      if (index >= 0) holders!.splice(index, 1);
      if (holders?.length === 0) this.#held.delete(hash);
    }
    if (!now) {
      this.#known.delete(peer);
      return;
    }
    this.#known.set(peer, now);
    for (const { id, hash } of now.projects) {
      const held = this.#held.get(hash);
      if (!held) this.#held.set(hash, { id, hash, holders: [peer] });
      // A peer may say the same twice.
      else if (held.holders.at(-1) !== peer) held.holders.push(peer);
    }
  }

  #outdate(): void {
    this.#isStale = true;
    this.#gathering ??= this.#clock.after(GATHER_MS, () => {
      this.#gathering = undefined;
      this.#fresh();
    });
  }

  #fresh(): ReadonlyMap<string, ServedProject> {
    if (this.#isStale) this.refresh();
    return this.#served;
  }

  /** Versions that only others can draw, the most widely held first. */
  #holdings(): Holding[] {
    return [...this.#held.values()]
      .filter(({ id }) => !this.#canDraw(id))
      .sort((a, b) => b.holders.length - a.holders.length || (a.hash < b.hash ? -1 : 1));
  }

  #canDraw(id: string): boolean {
    const own = this.#catalogue.current(id);
    return own !== undefined && this.#engines.has(own.description.engine);
  }

  /** The first holder's engine of that name: with several versions about, one has to be chosen. */
  #engineOf(holding: Holding, name: string): EngineIdentity | undefined {
    for (const peer of holding.holders) {
      const engine = this.#membership
        .member(peer)
        ?.offer.engines.find((candidate) => candidate.name === name);
      if (engine) return engine;
    }
    return undefined;
  }
}

function isLiving(state: Member['state']): boolean {
  return state === 'alive' || state === 'suspect';
}

/** Lists of an unchanged offer are the same objects. */
function isEqual(one: readonly object[], other: readonly object[]): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function sameEngine(wanted: EngineIdentity): (engine: EngineIdentity) => boolean {
  return ({ name, version, fonts }) =>
    name === wanted.name && version === wanted.version && fonts === wanted.fonts;
}
