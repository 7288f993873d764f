import type { FeatureInfoQuery, FoundFeature, LegendQuery, MapView } from '../ogc/map-request.ts';
import type { PeerId } from '../platform/network.ts';
import type { ProjectDescription } from '../projects/project.ts';

/** `hit`: from a cache; `joined`: another request was already having it drawn; `miss`: drawn for this one. */
export type CacheOutcome = 'hit' | 'miss' | 'joined';

export interface Provenance {
  /** Who drew it. */
  readonly peer: PeerId;
  readonly peerName: string;
  readonly cache: CacheOutcome;
  /** Milliseconds; only the steps that this answer went through. */
  readonly timing: Readonly<{ bid?: number; forward?: number; render?: number }>;
  /** Why this peer won, for people: e.g. `lowest of 3 bids: 42 ms`. */
  readonly reason: string;
}

export interface ImageAnswer extends Provenance {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Strong entity tag, with its quotes. */
  readonly etag: string;
}

export interface FeaturesAnswer extends Provenance {
  readonly features: readonly FoundFeature[];
}

export interface RequestContext {
  /** Aborts when the client went away. */
  readonly signal: AbortSignal;
  /** When the client asked, monotonic ms: its time runs from there. Now, where that is left out. */
  readonly startedMs?: number;
}

/** Maps for the front door, whoever of the mesh draws them. */
export interface MapService {
  /** Every project that some living peer serves, this one's version first where versions differ. */
  projects(): ProjectDescription[];
  project(id: string): ProjectDescription | undefined;
  /** The project meant by an empty id: `world`, or the first by name. */
  defaultProject(): ProjectDescription | undefined;
  /** Resolves when the project is there, and anyhow once this peer has been in the mesh long enough to know of all. */
  awaitProject(id: string, context: RequestContext): Promise<void>;
  image(view: MapView, context: RequestContext): Promise<ImageAnswer>;
  featureInfo(query: FeatureInfoQuery, context: RequestContext): Promise<FeaturesAnswer>;
  legend(query: LegendQuery, context: RequestContext): Promise<ImageAnswer>;
}
