import type { ProjectDescription } from '../ogc/project-description.ts';

export type { ProjectDescription } from '../ogc/project-description.ts';

/** A project whose exact files this peer holds, frozen in a folder nobody writes to. */
export interface ProjectBundle {
  readonly description: ProjectDescription;
  /** Absolute path of the frozen folder. */
  readonly folder: string;
  /** Absolute path of the engine's own project file within it (Mapnik XML). */
  readonly file: string;
}

/** The projects this peer holds, as they are now. */
export interface Catalogue {
  /** The current bundle of a project. */
  current(id: string): ProjectBundle | undefined;
  /** A bundle by its exact hash; an outgoing version stays for the requests that began with it. */
  byHash(hash: string): ProjectBundle | undefined;
  list(): ProjectBundle[];
  /**
   * Keeps a version, outgoing or not, until the returned function is called: for work that may take longer
   * than outgoing versions stay. Undefined when this peer does not hold it.
   */
  hold(hash: string): (() => void) | undefined;
  /** `added` and `changed` come only after the new bundle has been drawn from once. */
  on(listener: (change: CatalogueChange) => void): void;
}

export type CatalogueChange =
  | { readonly kind: 'added' | 'changed'; readonly bundle: ProjectBundle }
  | { readonly kind: 'removed'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly reason: string };
