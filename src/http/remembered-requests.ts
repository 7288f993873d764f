import { LRUCache } from 'lru-cache';
import type { ExceptionReporting } from '../ogc/exceptions.ts';
import type { MapView } from '../ogc/map-request.ts';
import type { ProjectDescription } from '../ogc/project-description.ts';

/** A map request that was understood. */
export interface UnderstoodRequest {
  readonly view: MapView;
  /** How later errors are to be told. */
  readonly reporting: ExceptionReporting;
}

/** What the understanding rested on. */
export interface Premise {
  /** The project id asked for; `''` is the default project. */
  readonly asked: string;
  /** The project that this was, in the version that the request was checked against. */
  readonly id: string;
  readonly hash: string;
}

/** Longer URLs are rare, and not worth their memory. */
const MAX_URL_LENGTH = 2048;

/**
 * Map requests by their URL, so that the same tile asked for again is not parsed again. One URL gives one
 * `MapView` object, by which the map service may remember in its turn.
 */
export class RememberedRequests {
  readonly #entries: LRUCache<string, UnderstoodRequest & Premise>;
  readonly #project: (id: string) => ProjectDescription | undefined;

  constructor(
    options: { maxRememberedRequests: number },
    project: (id: string) => ProjectDescription | undefined,
  ) {
    this.#entries = new LRUCache({ max: options.maxRememberedRequests });
    this.#project = project;
  }

  /** Undefined when unknown, or when its project is no longer the version it was understood with. */
  get(url: string): UnderstoodRequest | undefined {
    const entry = this.#entries.get(url);
    if (entry === undefined) return undefined;
    const project = this.#project(entry.asked);
    if (project?.hash === entry.hash && project.id === entry.id) return entry;
    this.#entries.delete(url);
    return undefined;
  }

  set(url: string, request: UnderstoodRequest, premise: Premise): void {
    if (url.length <= MAX_URL_LENGTH) {
      this.#entries.set(url, { view: request.view, reporting: request.reporting, ...premise });
    }
  }
}
