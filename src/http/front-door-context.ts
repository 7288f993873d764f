import type { JobListener } from '../jobs/events.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { MapService } from '../maps/map-service.ts';
import type { PeerStatus } from '../mesh/peer-status.ts';
import type { CrsCatalogue } from '../ogc/crs.ts';
import type { NodeEvent } from './node-event.ts';

/** The processes of the mesh that this peer belongs to at the moment. */
export interface JobsContext {
  service(): JobService;
  /** Tells the listener what becomes of jobs, of every mesh that this peer comes to. */
  listen(listener: JobListener): void;
  /** In whose name jobs are submitted here. */
  readonly user: string;
  /** Name of a peer for people. */
  peerName(peer: string): string;
  /** Peers that people call so. */
  peersNamed(name: string): string[];
  readonly syncLimitMs: number;
  readonly nextPollMs: number;
  /** Larger outputs stand in answers as references, though asked for by value. */
  readonly maxInlineBytes: number;
}

/** What the front door needs of the node behind it. */
export interface FrontDoorContext {
  readonly maps: MapService;
  readonly crs: CrsCatalogue;
  /** Absent: no processes are served. */
  readonly jobs?: JobsContext;
  /** Registers a listener; returns its removal. */
  onEvent(listener: (event: NodeEvent) => void): () => void;
  peers(): PeerStatus[];
  /** The object of `gismesh status --json` and `/api/status`. */
  status(): Record<string, unknown>;
  /** Why the node is not ready to draw; undefined when it is. */
  notReady(): string | undefined;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** For `gismesh stop`, `drain`, `invite`, `join`: behind the control token. */
  readonly control: {
    readonly token: string;
    stop(): void;
    invitation(): Promise<{ invitation: string; words: string | null }>;
    join(invitation: string): Promise<void>;
    drain(how: { readonly now: boolean }): void;
    resume(): void;
  };
}
