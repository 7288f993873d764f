import type { Standing } from '../core/liveness.ts';
import type { OwnerState } from '../core/owner-policy.ts';
import type { PeerId } from '../platform/network.ts';

/** What a peer says of itself. */
export interface Offer {
  /** For people: the host name. */
  readonly name: string;
  /** Version of gismesh. */
  readonly version: string;
  /** Wire protocols that it speaks. */
  readonly protocols: ReadonlyArray<{ readonly name: string; readonly version: number }>;
  readonly engines: ReadonlyArray<{
    readonly name: string;
    readonly version: string;
    readonly fonts: string;
  }>;
  /** Projects that it draws; `hash` is the bundle's sha-256, 64 hexadecimal digits. */
  readonly projects: ReadonlyArray<{ readonly id: string; readonly hash: string }>;
  /** Which processes it runs: a digest, 32 hexadecimal digits, of their descriptions. Absent: none. */
  readonly processes?: string;
  readonly cores: number;
  /** Renders at a time. */
  readonly slots: number;
  /** A hint: as old as the last message of the peer. */
  readonly load: Load;
  readonly ownerState: OwnerState;
  /** It was told to finish what it has and to take nothing new. */
  readonly draining?: boolean;
}

export interface Load {
  readonly running: number;
  readonly queued: number;
}

/** One peer of the mesh, as this peer sees it. */
export interface Member {
  readonly peer: PeerId;
  readonly self: boolean;
  readonly state: Standing;
  readonly offer: Offer;
  /** Multiaddrs without `/p2p/`. */
  readonly addresses: readonly string[];
  /** Whether calls to it go out at once; always for this peer itself. */
  readonly connected: boolean;
  /** Smoothed round trip, ms, once measured. */
  readonly rttMs?: number;
  /** So far its wall clock was ahead of this peer's when the two met, ms, where they said hello quickly. */
  readonly clockOffsetMs?: number;
  /** When it came into this state: milliseconds since the Unix epoch. */
  readonly since: number;
}

/** An offer with what the mesh adds to it: one peer's word of itself, its own or passed on. */
export interface PeerRecord {
  readonly peer: PeerId;
  /** Grows with every offer of the peer, across its restarts; the higher one is true. */
  readonly sequence: number;
  readonly offer: Offer;
  readonly addresses: readonly string[];
  /** Orders the load hints of a peer, which change without a new sequence. */
  readonly loadStamp: number;
}

/** What one peer holds of another's life. */
export interface Claim {
  readonly peer: PeerId;
  readonly sequence: number;
  readonly standing: Standing;
}

/** Whether two offers differ in anything but the load hint. */
export function offersDiffer(one: Offer, other: Offer): boolean {
  const { load: _one, ...oneRest } = one;
  const { load: _other, ...otherRest } = other;
  return JSON.stringify(oneRest) !== JSON.stringify(otherRest);
}

/** Work per slot, for judging whether a change of load is news. */
export function loadPerSlot(load: Load, slots: number): number {
  return (load.running + load.queued) / Math.max(1, slots);
}
