/**
 * Who lives, as one peer sees it: a SWIM failure detector's table (Das, Gupta, Motivala, 2002) with
 * Lifeguard's suspicion, as a pure state machine. Times are monotonic milliseconds and come as arguments.
 *
 * Evidence is first-hand (a message or connection of the peer itself) or second-hand (claims of others).
 * Claims carry the peer's own sequence; a higher one wins, at an equal one the worse standing wins, and only
 * the peer itself ever raises its sequence: that is how it refutes. First-hand evidence needs no sequence.
 */

export type Standing = 'alive' | 'suspect' | 'left' | 'dead';

export interface LivenessOptions {
  /** What a suspect has once enough others confirm; grows with the decimal logarithm of the mesh. */
  readonly minMs: number;
  /** What a suspect has when nobody else confirms; grows likewise. */
  readonly maxMs: number;
  /** Confirmations by others that bring the time down to `minMs`. */
  readonly confirmations: number;
  /** What a suspect has whose connection was closed. */
  readonly closedMs: number;
  /** First-hand evidence this young outweighs claims. */
  readonly freshMs: number;
  /** How long the dead and the departed are remembered. */
  readonly forgetMs: number;
  /** Peers in the table. */
  readonly maxPeers: number;
}

/** `to` is undefined when the peer is forgotten, `from` when it is new. */
export interface StandingChange {
  readonly peer: string;
  readonly from: Standing | undefined;
  readonly to: Standing | undefined;
}

/** What a claim did: a change, and whether the table wants to hear from the peer itself. */
export interface ClaimOutcome {
  readonly change: StandingChange | undefined;
  readonly verify: boolean;
}

interface Suspicion {
  readonly startMs: number;
  /** Everyone who suspects it independently. */
  readonly sources: Set<string>;
  closed: boolean;
}

interface Entry {
  standing: Standing;
  sequence: number;
  sinceMs: number;
  heardMs: number;
  connected: boolean;
  suspicion: Suspicion | undefined;
}

const NOTHING: ClaimOutcome = { change: undefined, verify: false };

export class Liveness {
  readonly #options: LivenessOptions;
  readonly #entries = new Map<string, Entry>();
  /** Those of the entries that time changes. */
  readonly #suspects = new Set<string>();
  readonly #gone = new Set<string>();

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  standing(peer: string): Standing | undefined {
    return this.#entries.get(peer)?.standing;
  }

  sequence(peer: string): number | undefined {
    return this.#entries.get(peer)?.sequence;
  }

  /** Standing and sequence at once. */
  held(peer: string): { readonly standing: Standing; readonly sequence: number } | undefined {
    return this.#entries.get(peer);
  }

  /** Whether there is first-hand evidence of it from that time or later. */
  wasHeardSince(peer: string, ms: number): boolean {
    return (this.#entries.get(peer)?.heardMs ?? Number.NEGATIVE_INFINITY) >= ms;
  }

  /** Every peer in the table, in the order of its arrival. */
  *peers(): Iterable<{ peer: string; standing: Standing; sequence: number }> {
    for (const [peer, { standing, sequence }] of this.#entries) yield { peer, standing, sequence };
  }

  get suspects(): ReadonlySet<string> {
    return this.#suspects;
  }

  /** Whether `self` has, or had, a connection to this suspect, or suspected it on its own: others' word is not enough. */
  isOwnSuspect(peer: string, self: string): boolean {
    const { connected = false, suspicion } = this.#entries.get(peer) ?? {};
    return suspicion !== undefined && (connected || suspicion.closed || suspicion.sources.has(self));
  }

  /** Peers that are alive or suspect. */
  get living(): number {
    return this.#entries.size - this.#gone.size;
  }

  /** First-hand: the peer itself spoke, with its sequence where it said so. */
  hear(peer: string, sequence: number | undefined, nowMs: number): StandingChange | undefined {
    const entry = this.#entries.get(peer);
    if (!entry) return sequence === undefined ? undefined : this.#add(peer, sequence, nowMs, nowMs);
    // What was still under way when the peer said goodbye does not bring it back.
    if (entry.standing === 'left' && (sequence ?? 0) <= entry.sequence) return undefined;
    entry.sequence = Math.max(entry.sequence, sequence ?? 0);
    entry.heardMs = nowMs;
    return this.#move(peer, entry, 'alive', nowMs);
  }

  /** First-hand: a connection to the peer opened, or the last one closed. */
  connection(peer: string, open: boolean, nowMs: number): StandingChange | undefined {
    const entry = this.#entries.get(peer);
    if (!entry || entry.connected === open) return undefined;
    entry.connected = open;
    if (open) return this.hear(peer, undefined, nowMs);
    if (entry.standing !== 'alive' && entry.standing !== 'suspect') return undefined;
    return this.#suspect(peer, entry, undefined, true, nowMs);
  }

  /** First-hand: the last connection to the peer was closed on purpose, since it was of no use. */
  parted(peer: string): void {
    const entry = this.#entries.get(peer);
    if (entry) entry.connected = false;
  }

  /** First-hand: `self` could not reach the peer, neither directly nor through others. */
  doubt(peer: string, self: string, nowMs: number): StandingChange | undefined {
    const entry = this.#entries.get(peer);
    if (entry?.standing !== 'alive' && entry?.standing !== 'suspect') return undefined;
    return this.#suspect(peer, entry, self, false, nowMs);
  }

  /** Another peer reached it just now on request. */
  vouch(peer: string, nowMs: number): StandingChange | undefined {
    const entry = this.#entries.get(peer);
    if (entry?.standing !== 'suspect') return undefined;
    return this.#move(peer, entry, 'alive', nowMs);
  }

  /** Second-hand: `source` holds this of the peer. */
  claim(peer: string, sequence: number, standing: Standing, source: string, nowMs: number): ClaimOutcome {
    const entry = this.#entries.get(peer);
    if (!entry) {
      if (standing !== 'alive') return NOTHING;
      return { change: this.#add(peer, sequence, Number.NEGATIVE_INFINITY, nowMs), verify: false };
    }
    if (sequence < entry.sequence) return NOTHING;
    const newer = sequence > entry.sequence;
    entry.sequence = sequence;
    switch (standing) {
      case 'alive':
        return newer ? { change: this.#move(peer, entry, 'alive', nowMs), verify: false } : NOTHING;
      case 'left':
        return { change: this.#move(peer, entry, 'left', nowMs), verify: false };
      case 'suspect':
        return this.#claimSuspect(peer, entry, newer, source, nowMs);
      case 'dead':
        return this.#claimDead(peer, entry, newer, source, nowMs);
    }
  }

  /** Buries suspects whose time is over and forgets the long gone; `multiplier` is the local health's. */
  tick(nowMs: number, multiplier: number): StandingChange[] {
    const changes: StandingChange[] = [];
    if (this.#suspects.size === 0 && this.#gone.size === 0) return changes;
    // A full table takes no newcomers: make room before that. Who dies now stays until the death has been told.
    const crowded = this.#entries.size > 0.9 * this.#options.maxPeers;
    for (const peer of this.#gone) {
      const entry = this.#entries.get(peer)!;
      if (!crowded && nowMs - entry.sinceMs < this.#options.forgetMs) continue;
      changes.push(this.#drop(peer, entry));
    }
    for (const peer of this.#suspects) {
      const entry = this.#entries.get(peer)!;
      const { startMs } = entry.suspicion!;
      if (nowMs - startMs < this.#patienceMs(entry.suspicion!) * multiplier) continue;
      changes.push(this.#move(peer, entry, 'dead', nowMs)!);
    }
    return changes;
  }

  /** This peer itself did not run for so long: nobody's silence in that time counts. */
  excuse(byMs: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.suspicion) entry.suspicion = { ...entry.suspicion, startMs: entry.suspicion.startMs + byMs };
    }
  }

  /**
   * Suspects every living peer, or those with a connection, as what this peer knows is old; or those without one, and
   * not suspected yet, as nobody is left who would say how they are.
   */
  suspectAll(whom: 'all' | 'connected' | 'unconnected', nowMs: number): StandingChange[] {
    const changes: StandingChange[] = [];
    for (const [peer, entry] of this.#entries) {
      if (entry.standing !== 'alive' && entry.standing !== 'suspect') continue;
      if (whom === 'connected' && !entry.connected) continue;
      if (whom === 'unconnected' && (entry.connected || entry.suspicion)) continue;
      entry.suspicion = undefined;
      const change = this.#suspect(peer, entry, undefined, false, nowMs);
      if (change) changes.push(change);
    }
    return changes;
  }

  /**
   * Takes back what was decided since then on those without a connection: suspects are alive again, the dead
   * forgotten.
   */
  reprieve(sinceMs: number, nowMs: number): StandingChange[] {
    const changes: StandingChange[] = [];
    for (const peer of this.#suspects) {
      const entry = this.#entries.get(peer)!;
      if (entry.connected || entry.suspicion!.startMs < sinceMs) continue;
      changes.push(this.#move(peer, entry, 'alive', nowMs)!);
    }
    for (const peer of this.#gone) {
      const entry = this.#entries.get(peer)!;
      if (entry.standing === 'dead' && entry.sinceMs >= sinceMs) changes.push(this.#drop(peer, entry));
    }
    return changes;
  }

  /** Forgets everyone without a connection: what this peer knows of them is older than what others remember. */
  forgetUnconnected(): StandingChange[] {
    const unconnected = [...this.#entries].filter(([, { connected }]) => !connected);
    return unconnected.map(([peer, entry]) => this.#drop(peer, entry));
  }

  #claimSuspect(peer: string, entry: Entry, newer: boolean, source: string, nowMs: number): ClaimOutcome {
    const gone = entry.standing === 'dead' || entry.standing === 'left';
    if (gone && !newer) return NOTHING;
    if (this.#isFresh(entry, nowMs)) return { change: undefined, verify: entry.connected };
    const change = this.#suspect(peer, entry, source, false, nowMs);
    return { change, verify: change !== undefined && entry.connected };
  }

  /** Whoever is connected finds out for itself before it buries. */
  #claimDead(peer: string, entry: Entry, newer: boolean, source: string, nowMs: number): ClaimOutcome {
    if (entry.standing === 'left' && !newer) return NOTHING;
    if (this.#isFresh(entry, nowMs)) return { change: undefined, verify: entry.connected };
    if (!entry.connected) return { change: this.#move(peer, entry, 'dead', nowMs), verify: false };
    if (entry.standing === 'dead' && !newer) return NOTHING;
    return { change: this.#suspect(peer, entry, source, false, nowMs), verify: true };
  }

  #isFresh(entry: Entry, nowMs: number): boolean {
    return nowMs - entry.heardMs < this.#options.freshMs;
  }

  #suspect(
    peer: string,
    entry: Entry,
    source: string | undefined,
    closed: boolean,
    nowMs: number,
  ): StandingChange | undefined {
    entry.suspicion ??= { startMs: nowMs, sources: new Set(), closed };
    if (closed) entry.suspicion.closed = true;
    if (source !== undefined) entry.suspicion.sources.add(source);
    return this.#move(peer, entry, 'suspect', nowMs);
  }

  /** Lifeguard's suspicion timeout: falls with the logarithm of the confirmations. */
  #patienceMs(suspicion: Suspicion): number {
    const { minMs, maxMs, closedMs, confirmations } = this.#options;
    if (suspicion.closed) return closedMs;
    const { living } = this;
    const scale = Math.max(1, Math.log10(living + 1));
    // The first source is the suspicion itself; everyone else but the suspect can confirm it.
    const expected = Math.min(confirmations, living - 1);
    if (expected < 1) return minMs * scale;
    const confirmed = Math.max(0, suspicion.sources.size - 1);
    const fraction = Math.min(1, Math.log(confirmed + 1) / Math.log(expected + 1));
    return scale * (maxMs - (maxMs - minMs) * fraction);
  }

  #add(peer: string, sequence: number, heardMs: number, nowMs: number): StandingChange | undefined {
    if (this.#entries.size >= this.#options.maxPeers) return undefined;
    this.#entries.set(peer, {
      standing: 'alive',
      sequence,
      sinceMs: nowMs,
      heardMs,
      connected: false,
      suspicion: undefined,
    });
    return { peer, from: undefined, to: 'alive' };
  }

  #drop(peer: string, { standing }: Entry): StandingChange {
    this.#entries.delete(peer);
    this.#suspects.delete(peer);
    this.#gone.delete(peer);
    return { peer, from: standing, to: undefined };
  }

  #move(peer: string, entry: Entry, to: Standing, nowMs: number): StandingChange | undefined {
    if (to !== 'suspect') entry.suspicion = undefined;
    if (entry.standing === to) return undefined;
    const from = entry.standing;
    entry.standing = to;
    entry.sinceMs = nowMs;
    this.#suspects.delete(peer);
    this.#gone.delete(peer);
    if (to === 'suspect') this.#suspects.add(peer);
    else if (to !== 'alive') this.#gone.add(peer);
    return { peer, from, to };
  }
}
