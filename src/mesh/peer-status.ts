import type { OwnerState } from '../core/owner-policy.ts';
import type { PeerId } from '../platform/network.ts';

export type PeerState = 'alive' | 'suspect' | 'left' | 'dead';

export interface PeerLoad {
  readonly running: number;
  readonly queued: number;
  readonly slots: number;
}

/** One peer as the CLI (`peers --json`), `/api/peers` and the page show it. */
export interface PeerStatus {
  readonly peerId: PeerId;
  readonly name: string;
  readonly self: boolean;
  readonly state: PeerState;
  readonly addresses: readonly string[];
  readonly engines: ReadonlyArray<{ name: string; version: string }>;
  readonly projects: ReadonlyArray<{ id: string; hash: string }>;
  readonly cores: number;
  readonly load: PeerLoad;
  /** Whether its owner is there, or it runs on battery: it then does little or nothing for others. */
  readonly owner: OwnerState;
  /** It finishes what it has and takes nothing new: `gismesh drain`. */
  readonly draining: boolean;
  /** Round trip in ms, when known. */
  readonly rttMs?: number;
  /** So far its clock was ahead of that of the peer asked when the two met, ms, when known. */
  readonly clockOffsetMs?: number;
  /** Version of gismesh. */
  readonly version: string;
  /** Images it drew for this peer. */
  readonly drawn: number;
}
