import type { PeerId } from '../platform/network.ts';

/** Another peer that takes part in jobs. */
export interface JobPeer {
  readonly peer: PeerId;
  /** Digest of the descriptions of what it runs; '' for nothing. */
  readonly processes: string;
}

/** What the way of a job needs to know of the others. */
export interface JobPeers {
  /** Those that live. */
  others(): readonly JobPeer[];
  /** Nobody else lives, nor is merely suspected not to. */
  isAlone(): boolean;
  /** Calls the listener when a peer is there (again), has other processes, or is gone for certain. */
  onChange(listener: (peer: PeerId, isThere: boolean) => void): void;
  /** Connects to a member where there is no standing connection; rejects when that fails. */
  ensureConnected(peer: PeerId): Promise<void>;
}
