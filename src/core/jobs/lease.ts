/**
 * Leases on jobs. The owner renews with the job's standbys; a standby that hears nothing for `expireMs` claims the
 * job with the next epoch, the first of the rendezvous order first. All times are monotonic milliseconds of the
 * peer that judges, but where wall time is asked for: no clock is ever compared with another peer's.
 */
export interface LeaseOptions {
  /** The owner renews this often. */
  readonly renewMs: number;
  /** Without a renewal for so long, the lease is over. */
  readonly expireMs: number;
  /** Each standby waits so much longer than the one before it. */
  readonly staggerMs: number;
  /** Leases watched at once. */
  readonly maxLeases: number;
}

/** A moment by both of a machine's clocks. */
export interface Moment {
  readonly nowMs: number;
  readonly wallMs: number;
}

/**
 * What the owner may do, given when its lease was last renewed: `hold`: go on; `renew`: go on and renew now;
 * `demote`: write nothing any more, since a standby may have claimed the job meanwhile. A machine that slept may
 * find its monotonic clock where it was, so the wall clock counts as well; it may only shorten a lease.
 */
export function ownerVerdict(
  renewed: Moment,
  now: Moment,
  options: Pick<LeaseOptions, 'renewMs' | 'expireMs'>,
): 'hold' | 'renew' | 'demote' {
  const passedMs = Math.max(now.nowMs - renewed.nowMs, now.wallMs - renewed.wallMs);
  if (passedMs >= options.expireMs) return 'demote';
  return passedMs >= options.renewMs ? 'renew' : 'hold';
}

/** What a standby knows of one lease. */
export interface WatchedLease {
  readonly job: string;
  readonly epoch: number;
  readonly owner: string;
  /** When the lease was last renewed, as heard here. */
  readonly heardMs: number;
}

/** A lease that this peer should end by claiming the job with `epoch + 1`. */
export interface DueClaim extends WatchedLease {
  readonly reason: 'expired' | 'gone';
}

/** Why a job is taken over, as its status says. */
export const TAKEN_OVER: Readonly<Record<DueClaim['reason'], string>> = {
  gone: 'its peer is gone',
  expired: 'its peer has not been heard of for too long',
};

/**
 * When a standby claims. `rank`: its place among the job's living standbys, from 0; `goneMs`: since when the owner's
 * connection is closed and others confirm that it is gone, or undefined.
 */
export function claimDueMs(
  lease: WatchedLease,
  rank: number,
  goneMs: number | undefined,
  options: Pick<LeaseOptions, 'expireMs' | 'staggerMs'>,
): number {
  // Who was heard of since is not gone.
  const isGone = goneMs !== undefined && goneMs >= lease.heardMs;
  const from = Math.min(lease.heardMs + options.expireMs, isGone ? goneMs : Number.POSITIVE_INFINITY);
  return from + rank * options.staggerMs;
}

/** The leases that a peer watches as a standby. */
export class LeaseTable {
  readonly #options: LeaseOptions;
  readonly #leases = new Map<string, WatchedLease>();
  readonly #gone = new Map<string, number>();

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#leases.size;
  }

  /**
   * The owner renewed its lease. An older epoch is void. False when the table is full: then others have to watch this
   * job.
   */
  renewed(job: string, epoch: number, owner: string, nowMs: number): boolean {
    const known = this.#leases.get(job);
    if (known && isOlder({ epoch, owner }, known)) return true;
    if (!known && this.#leases.size >= this.#options.maxLeases) return false;
    this.#leases.set(job, { job, epoch, owner, heardMs: nowMs });
    return true;
  }

  /**
   * Others tell of the lease: a claim in the status map, or what a new standby finds. It does not put off the end of a
   * lease whose owner is gone; a claim that is new may be the first that is heard of an owner that came back.
   */
  heardOf(job: string, epoch: number, owner: string, nowMs: number): boolean {
    const known = this.#leases.get(job);
    const isKnown = known?.epoch === epoch && known.owner === owner;
    return (isKnown && this.#gone.has(owner)) || this.renewed(job, epoch, owner, nowMs);
  }

  /** The job ended, or is no longer this peer's to watch. */
  released(job: string): void {
    this.#leases.delete(job);
  }

  /** The owner's connection is closed and others cannot reach it either. */
  ownerGone(owner: string, nowMs: number): void {
    if (!this.#gone.has(owner)) this.#gone.set(owner, nowMs);
  }

  /** The owner is there: its leases last as long as it renews them. */
  ownerBack(owner: string): void {
    this.#gone.delete(owner);
  }

  /** This machine slept: it heard nobody meanwhile, which says nothing about them. */
  slept(nowMs: number): void {
    for (const lease of this.#leases.values()) this.#leases.set(lease.job, { ...lease, heardMs: nowMs });
    this.#gone.clear();
  }

  /**
   * What to claim now. `rankOf` gives this peer's place among the living standbys of a lease, or undefined when it
   * is none. A claim stays due until it is made known by `renewed`.
   */
  due(nowMs: number, rankOf: (lease: WatchedLease) => number | undefined): DueClaim[] {
    const claims: DueClaim[] = [];
    for (const lease of this.#leases.values()) {
      const rank = rankOf(lease);
      if (rank === undefined) continue;
      const goneMs = this.#gone.get(lease.owner);
      if (claimDueMs(lease, rank, goneMs, this.#options) > nowMs) continue;
      const expired = lease.heardMs + this.#options.expireMs <= nowMs;
      claims.push({ ...lease, reason: expired ? 'expired' : 'gone' });
    }
    return claims;
  }
}

function isOlder(claim: { epoch: number; owner: string }, known: WatchedLease): boolean {
  return claim.epoch < known.epoch || (claim.epoch === known.epoch && claim.owner < known.owner);
}
