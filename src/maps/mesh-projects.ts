import type { EngineIdentity } from '../engines/engine.ts';
import type { Membership } from '../mesh/membership.ts';
import type { Member } from '../mesh/offer.ts';
import type { ProjectDescription } from '../ogc/project-description.ts';
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

/** Every project that a living peer can draw. This peer's own version goes before any other peer's. */
export class MeshProjects {
  readonly #catalogue: Catalogue;
  readonly #engines: ReadonlyMap<string, EngineIdentity>;
  readonly #membership: Membership;
  readonly #remote: RemoteProjects;
  #served: ReadonlyMap<string, ServedProject> = new Map();
  /** What was last known of each peer, as far as it matters here: loads change all the time. */
  readonly #known = new Map<PeerId, string>();

  constructor(parts: {
    catalogue: Catalogue;
    engines: ReadonlyMap<string, EngineIdentity>;
    membership: Membership;
    remote: RemoteProjects;
  }) {
    this.#catalogue = parts.catalogue;
    this.#engines = parts.engines;
    this.#membership = parts.membership;
    this.#remote = parts.remote;
    parts.membership.on('change', (member) => {
      if (this.#isNews(member)) this.refresh();
    });
    parts.membership.on('forget', (peer) => this.#known.delete(peer));
    this.refresh();
  }

  /** Looks anew at who holds what; to be called when this peer's own projects have changed. */
  refresh(): void {
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
    this.#remote.update(holdings, () => this.refresh());
    for (const holding of holdings) {
      const description = this.#remote.get(holding.hash);
      const engine = description && this.#engineOf(holding, description.engine);
      if (engine && !served.has(holding.id)) serve(description, engine);
    }
    this.#served = served;
  }

  list(): ServedProject[] {
    return [...this.#served.values()].sort((a, b) => (a.description.id < b.description.id ? -1 : 1));
  }

  get(id: string): ServedProject | undefined {
    return id === '' ? this.default() : this.#served.get(id);
  }

  default(): ServedProject | undefined {
    return this.#served.get(DEFAULT_PROJECT) ?? this.list()[0];
  }

  /** Living members other than this peer that hold the exact bundle and the very engine. */
  holders({ projectHash, engine }: Pick<Drawing, 'projectHash' | 'engine'>): Member[] {
    return this.#others().filter(
      ({ offer }) =>
        offer.projects.some((project) => project.hash === projectHash) &&
        offer.engines.some(sameEngine(engine)),
    );
  }

  close(): void {
    this.#remote.close();
  }

  #isNews({ peer, self, state, offer }: Member): boolean {
    const known = JSON.stringify([isLiving(state), offer.engines, offer.projects]);
    if (self || this.#known.get(peer) === known) return false;
    this.#known.set(peer, known);
    return true;
  }

  #others(): Member[] {
    return this.#membership.members().filter((member) => !member.self && isLiving(member.state));
  }

  /** Versions that only others can draw, the most widely held first. */
  #holdings(): Holding[] {
    const byHash = new Map<string, { id: string; hash: string; holders: string[] }>();
    for (const { peer, offer } of this.#others()) {
      for (const { id, hash } of offer.projects) {
        if (this.#canDraw(id)) continue;
        const holding = byHash.get(hash) ?? { id, hash, holders: [] };
        holding.holders.push(peer);
        byHash.set(hash, holding);
      }
    }
    return [...byHash.values()].sort(
      (a, b) => b.holders.length - a.holders.length || (a.hash < b.hash ? -1 : 1),
    );
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

function sameEngine(wanted: EngineIdentity): (engine: EngineIdentity) => boolean {
  return ({ name, version, fonts }) =>
    name === wanted.name && version === wanted.version && fonts === wanted.fonts;
}
