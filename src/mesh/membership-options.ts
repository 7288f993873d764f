import type { BackoffOptions } from '../core/backoff.ts';
import type { LivenessOptions } from '../core/liveness.ts';
import type { LocalHealthOptions } from '../core/local-health.ts';

/** Bounds and times of the membership; `config/membership.ts` gives each its default and its reason. */
export interface MembershipOptions {
  readonly heartbeat: HeartbeatOptions;
  readonly liveness: LivenessOptions;
  readonly health: LocalHealthOptions;
  readonly news: NewsOptions;
  readonly sync: SyncOptions;
  readonly dial: DialOptions;
  readonly book: PeerBookOptions;
  readonly clockWatch: ClockWatchOptions;
}

export interface HeartbeatOptions {
  /** One peer is probed per period. */
  readonly periodMs: number;
  /** Only every so many periods in a mesh that is too large for everyone to be connected to everyone. */
  readonly largeEvery: number;
  readonly pingTimeoutMs: number;
  /** For the second, indirect try. */
  readonly indirectTimeoutMs: number;
  /** A late answer to a ping still counts after this; timeouts follow measured answers up to this. */
  readonly lateMs: number;
  /** Peers asked to probe one that does not answer. */
  readonly helpers: number;
  /** Probes on behalf of others at a time. */
  readonly maxServed: number;
  /** Probes of this peer's own at a time. */
  readonly maxProbes: number;
  /** Every so many periods a member without a connection is probed. */
  readonly strangerEvery: number;
  /** Suspects probed again per period. */
  readonly suspectsPerPeriod: number;
  /** Failed direct probes in a row after which a connection that others have no trouble with is made anew. */
  readonly reconnectAfter: number;
}

export interface NewsOptions {
  /** Least time between two announcements of anything. */
  readonly floorMs: number;
  /** Least time between two announcements of a changed offer. */
  readonly offerFloorMs: number;
  /** Least time between two announcements of nothing but a changed load. */
  readonly loadFloorMs: number;
  /** Least time between two such announcements in the whole mesh, on average. */
  readonly loadSpacingMs: number;
  /** Change of work per slot that is worth an announcement. */
  readonly loadChange: number;
  /** News of others' fates is gathered for so long before it is published. */
  readonly gatherMs: number;
  /** A claim that so many others have published is not published again. */
  readonly publishers: number;
  /** Newcomers of so long are announced together by the peer that they came to. */
  readonly introduceMs: number;
  /** Claims that travel along with one message. */
  readonly claimsPerMessage: number;
  /** Claims waiting to travel along. */
  readonly maxClaims: number;
  /** A claim travels along this many times the binary logarithm of the mesh. */
  readonly repeats: number;
}

export interface SyncOptions {
  /** Least time between two exchanges that this peer begins. */
  readonly floorMs: number;
  /** After a change, differences are left for so long to the news under way. */
  readonly settleMs: number;
  /** Under ceaseless change, differences are looked into at least this often. */
  readonly patienceMs: number;
  readonly timeoutMs: number;
  /** One hello. */
  readonly helloTimeoutMs: number;
  /** Largest message; at most the network's own limit. */
  readonly maxMessageBytes: number;
  /** In a mesh of up to so many members a hello tells all that differs; beyond, only newcomers are told. */
  readonly tellAllMembers: number;
  /** Between tries of the first exchange on a connection. */
  readonly helloBackoff: BackoffOptions;
  /** For the goodbye of a peer that leaves. */
  readonly leaveTimeoutMs: number;
}

export interface DialOptions {
  readonly timeoutMs: number;
  /** Dials at a time. */
  readonly concurrency: number;
  /** For members and seeds. */
  readonly backoff: BackoffOptions;
  /** For peers that are only remembered. */
  readonly reunion: BackoffOptions;
  /** Dials of remembered peers and superfluous seeds at a time. */
  readonly reunionConcurrency: number;
  /** The first dials are spread over so long. */
  readonly startJitterMs: number;
  /** Of two peers that learn of each other one dials at once, the other after this. */
  readonly yieldMs: number;
  /** Up to so many members everyone is connected to everyone. */
  readonly fullMesh: number;
  /** Above that, connections that a peer makes by itself. */
  readonly degree: number;
  /** Above that, connections made on demand are closed after so long without use. */
  readonly idleMs: number;
  readonly maxSeeds: number;
  /** Peers and seeds that are dialled or may be. */
  readonly maxTargets: number;
  /** Addresses kept of one peer. */
  readonly maxAddresses: number;
}

export interface PeerBookOptions {
  readonly maxPeers: number;
  readonly maxAgeMs: number;
  /** A first write waits for so long for what else is to be remembered. */
  readonly saveFloorMs: number;
  /** Least time between two writes. */
  readonly saveSpacingMs: number;
}

export interface ClockWatchOptions {
  /** How often the clocks are compared. */
  readonly checkMs: number;
  /** Difference between the wall clock's and the monotonic clock's way that means sleep. */
  readonly jumpMs: number;
  /** Delay of a check that means that this process did not run. */
  readonly stallMs: number;
}
