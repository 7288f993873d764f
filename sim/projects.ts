import { createHash } from 'node:crypto';
import type { ProjectDescription } from '../src/ogc/project-description.ts';
import type { Catalogue, CatalogueChange, ProjectBundle } from '../src/projects/project.ts';

const EXTENT = [-180, -85, 180, 85] as const;

/** A bundle without files: what a peer knows of one version of a project. */
export function bundleOf(id: string, hash: string): ProjectBundle {
  const layer = {
    name: 'land',
    title: 'Land',
    abstract: '',
    queryable: true,
    styles: [{ name: 'default', title: '' }],
    extent: EXTENT,
  };
  const description: ProjectDescription = {
    id,
    hash,
    engine: 'mapnik',
    title: id,
    abstract: '',
    keywords: [],
    attribution: '',
    extent: EXTENT,
    extents: {},
    background: '#ffffff',
    crs: ['EPSG:3857'],
    layers: [layer],
  };
  return { description, folder: '/nowhere', file: '/nowhere/project.xml' };
}

/** Version `version` of project number `project`; the same object each time it is asked for by one `Projects`. */
export class Projects {
  readonly #bundles = new Map<string, ProjectBundle>();
  readonly #numbers = new Map<string, number>();

  bundle(project: number, version = 0): ProjectBundle {
    const hash = createHash('sha256').update(`project ${project} version ${version}`).digest('hex');
    const known = this.#bundles.get(hash);
    if (known) return known;
    const made = bundleOf(projectId(project), hash);
    this.#bundles.set(hash, made);
    this.#numbers.set(hash, project);
    return made;
  }

  /** The number of the project that a version belongs to. */
  numberOf(hash: string): number {
    return this.#numbers.get(hash) ?? -1;
  }
}

export function projectId(project: number): string {
  return `project-${project}`;
}

/** The projects on one machine; they survive its processes. */
export class SimulatedCatalogue implements Catalogue {
  readonly #current = new Map<string, ProjectBundle>();
  /** Outgoing versions too, for the requests that began with them. */
  readonly #byHash = new Map<string, ProjectBundle>();
  readonly #listeners = new Set<(change: CatalogueChange) => void>();

  constructor(bundles: readonly ProjectBundle[]) {
    for (const bundle of bundles) this.#keep(bundle);
  }

  current(id: string): ProjectBundle | undefined {
    return this.#current.get(id);
  }

  byHash(hash: string): ProjectBundle | undefined {
    return this.#byHash.get(hash);
  }

  hold(hash: string): (() => void) | undefined {
    return this.#byHash.has(hash) ? () => {} : undefined;
  }

  list(): ProjectBundle[] {
    return [...this.#current.values()];
  }

  on(listener: (change: CatalogueChange) => void): void {
    this.#listeners.add(listener);
  }

  /** The process that listened is gone. */
  forgetListeners(): void {
    this.#listeners.clear();
  }

  /** A version of a project appears in the machine's folder, in place of the former one. */
  put(bundle: ProjectBundle): void {
    const kind = this.#current.has(bundle.description.id) ? 'changed' : 'added';
    this.#keep(bundle);
    for (const listener of this.#listeners) listener({ kind, bundle });
  }

  #keep(bundle: ProjectBundle): void {
    this.#current.set(bundle.description.id, bundle);
    this.#byHash.set(bundle.description.hash, bundle);
  }
}
