import type { StandingChange } from '../core/liveness.ts';
import { LocalHealth } from '../core/local-health.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { Storage } from '../platform/storage.ts';
import { ClockWatch } from './clock-watch.ts';
import { Dialer } from './dialer.ts';
import { Farewell } from './farewell.ts';
import { Heartbeat } from './heartbeat.ts';
import { type MembershipEvents, MembershipListeners } from './membership-events.ts';
import type { MembershipOptions } from './membership-options.ts';
import { News } from './news.ts';
import type { Claim, Member, Offer } from './offer.ts';
import { PeerBook } from './peer-book.ts';
import { Reconciliation } from './reconciliation.ts';
import { Roster } from './roster.ts';
import { parseSeed } from './seed.ts';
import { Solitude } from './solitude.ts';

/** A peer whose clock was set back meets its earlier life once or twice; a copy of itself, again and again. */
const CONTRADICTIONS_OF_A_COPY = 5;

/** Whoever has forgotten its mesh has met it again within this, or is alone, ms. */
const LEARNING_MS = 60_000;

export interface MembershipParts {
  /** Started and stopped by its owner: started before the membership, stopped after it. */
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  /** For the book of known peers. */
  readonly storage: Storage;
  /** Addresses of peers: multiaddrs or `host:port`. */
  readonly seeds: readonly string[];
  readonly options: MembershipOptions;
  readonly offer: Offer;
  /** The event loop's present delay, ms: a slow peer doubts itself before others. */
  readonly localHealth?: () => number;
  readonly log: Log;
}

/**
 * Who is in the mesh, what each peer offers, and how alive each is; keeps this peer connected to them.
 * `protocols/membership` describes what goes over the wire.
 */
export class Membership {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: MembershipOptions;
  readonly #localHealth: () => number;
  readonly #health: LocalHealth;
  readonly #roster: Roster;
  readonly #news: News;
  readonly #reconciliation: Reconciliation;
  readonly #heartbeat: Heartbeat;
  readonly #book: PeerBook;
  readonly #dialer: Dialer;
  readonly #farewell: Farewell;
  readonly #solitude: Solitude;
  readonly #clockWatch: ClockWatch;
  readonly #seeds: readonly string[];
  readonly #listeners: MembershipListeners;
  #announced = false;
  /** When it forgot most of its mesh, monotonic ms. */
  #forgotMs = Number.NEGATIVE_INFINITY;
  #contradictions = 0;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(parts: MembershipParts) {
    const { network, clock, random, storage, options, log } = parts;
    this.#network = network;
    this.#clock = clock;
    this.#log = log;
    this.#options = options;
    this.#localHealth = parts.localHealth ?? (() => 0);
    this.#seeds = parts.seeds;
    this.#listeners = new MembershipListeners(log);
    this.#health = new LocalHealth(options.health);
    // The start's wall time is above whatever an earlier life of this peer said; where it is not (the clock
    // was set back), the first peer that remembers says so, and the sequence is raised.
    const sequence = Math.max(1, clock.wallTime());
    const own = { peer: network.self, sequence, offer: parts.offer, addresses: [], loadStamp: sequence };
    this.#roster = new Roster(
      own,
      options.liveness,
      { clock, isConnected: (peer) => network.isConnected(peer) },
      {
        changed: (peer) => this.#changed(peer),
        forgotten: (peer) => this.#forget(peer),
        stood: (change, hand) => this.#stood(change, hand),
        verify: (claim) => this.#heartbeat.probe(claim.peer, claim),
        refuted: (claim) => this.#refuted(claim),
      },
    );
    this.#news = new News({ network, clock, random }, this.#roster, options.news);
    this.#reconciliation = new Reconciliation(
      { network, clock, random, log, introduce: (peer) => this.#news.introduce(peer) },
      this.#roster,
      options.sync,
    );
    const { leaveTimeoutMs } = options.sync;
    this.#farewell = new Farewell({ network, roster: this.#roster, log, timeoutMs: leaveTimeoutMs });
    this.#solitude = new Solitude({ network, clock, roster: this.#roster }, options.dial.fullMesh);
    this.#book = new PeerBook({ storage, clock, log }, options.book);
    this.#dialer = new Dialer(
      {
        network,
        clock,
        random,
        roster: this.#roster,
        book: this.#book,
        log,
        part: (peer) => this.#farewell.part(peer),
      },
      options.dial,
    );
    this.#heartbeat = new Heartbeat(
      {
        network,
        clock,
        random,
        roster: this.#roster,
        news: this.#news,
        health: this.#health,
        log,
        multiplier: () => this.#multiplier(),
        isLarge: () => this.#isLarge(),
        checkClock: () => this.#clockWatch.check(),
        connect: (peer, timeoutMs) => this.#dialer.ensureConnected(peer, timeoutMs),
        compare: (peer, digest) => this.#reconciliation.compare(peer, digest),
      },
      options.heartbeat,
    );
    this.#clockWatch = new ClockWatch(clock, options.clockWatch, {
      jumped: (byMs) => this.#wakeUp(byMs, 'the clock jumped: every member is looked at anew'),
      stalled: (byMs) => this.#stalled(byMs),
      checked: () => this.#checkAddresses(),
    });
    this.#listen();
  }

  // --- looking ---

  get self(): Member {
    return this.#roster.self();
  }

  /** Everyone known, this peer first; the dead and departed stay for a while. */
  members(): Member[] {
    return [this.self, ...this.#roster.others()];
  }

  member(peer: PeerId): Member | undefined {
    return this.#roster.member(peer);
  }

  /** It has just forgotten most of its mesh: that it knows of nobody does not mean that nobody is there. */
  get isLearning(): boolean {
    return this.#clock.now() - this.#forgotMs < LEARNING_MS;
  }

  /** Registers a listener; returns its removal. */
  on<E extends keyof MembershipEvents>(event: E, listener: MembershipEvents[E]): () => void {
    return this.#listeners.on(event, listener);
  }

  // --- living ---

  /** Begins to look for the mesh. Rejects with `CONFIG_INVALID` when a seed is no address. */
  async start(): Promise<void> {
    const seeds = this.#seeds.map(parseSeed);
    await this.#book.load();
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#roster.offer(this.self.offer, this.#network.addresses());
    this.#dialer.addSeeds(seeds);
    this.#dialer.start();
    this.#heartbeat.start();
    this.#clockWatch.start();
    for (const peer of this.#network.connected()) this.#connected(peer);
  }

  /** Says goodbye to everyone, within a bounded time, and ends. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    const wasRunning = this.#state === 'running';
    this.#state = 'stopped';
    this.#clockWatch.stop();
    this.#heartbeat.stop();
    this.#dialer.stop();
    this.#news.stop();
    this.#reconciliation.stop();
    if (wasRunning) {
      this.#news.goodbye();
      await this.#farewell.leave();
    }
    await this.#book.close();
  }

  /** Changes what this peer offers; others learn of it by gossip, and of a changed load as a hint only. */
  update(change: Partial<Offer>): void {
    const { material } = this.#roster.offer({ ...this.self.offer, ...change }, this.self.addresses);
    if (this.#state !== 'running') return;
    if (material) this.#news.offerChanged();
    else this.#news.loadChanged();
  }

  /** Further places to look for the mesh at. Throws `CONFIG_INVALID` when one is no address. */
  addSeeds(...seeds: string[]): void {
    this.#dialer.addSeeds(seeds.map(parseSeed));
  }

  /** A call to the peer failed for want of an answer: finds out now whether it is there. */
  reportFailure(peer: PeerId): void {
    if (this.#roster.isLiving(peer) && peer !== this.#network.self) this.#heartbeat.probe(peer);
  }

  /** The peer answered a call: as good as a heartbeat. */
  reportSuccess(peer: PeerId): void {
    this.#roster.hear(peer);
    this.#dialer.used(peer);
  }

  /** Connects to a member that a large mesh has no standing connection to; rejects with a `NETWORK_` code. */
  ensureConnected(peer: PeerId): Promise<void> {
    return this.#dialer.ensureConnected(peer, this.#options.dial.timeoutMs);
  }

  // --- what happens ---

  #listen(): void {
    this.#news.listen();
    this.#reconciliation.listen();
    this.#heartbeat.listen();
    this.#farewell.listen();
    this.#network.on('connect', (peer) => this.#connected(peer));
    this.#network.on('disconnect', (peer) => this.#disconnected(peer));
    this.#network.on('discover', (address) => {
      if (this.#state === 'running') this.#dialer.discovered(address);
    });
  }

  #connected(peer: PeerId): void {
    if (this.#state !== 'running') return;
    // Nobody is told what was known before a sleep.
    this.#clockWatch.check();
    this.#farewell.connected(peer);
    this.#solitude.connected();
    this.#heartbeat.neighboursChanged();
    this.#roster.connected(peer, true);
    this.#dialer.connected(peer);
    void this.#reconciliation.greet(peer).then((introduced) => this.#greeted(peer, introduced));
  }

  #greeted(peer: PeerId, introduced: boolean): void {
    const addresses = this.#roster.member(peer)?.addresses;
    if (!addresses || this.#state !== 'running') return;
    this.#book.remember(peer, addresses);
    // The first one met hears the offer in the hello; the others of its mesh hear it from there or from here.
    if (!this.#announced && !introduced) this.#news.offerChanged();
    this.#announced = true;
  }

  #disconnected(peer: PeerId): void {
    if (this.#state !== 'running') return;
    // What closed during a sleep is news: it counts from now on.
    this.#clockWatch.check();
    this.#heartbeat.neighboursChanged();
    if (this.#farewell.disconnected(peer)) {
      this.#roster.parted(peer);
      this.#dialer.memberChanged(peer);
    } else {
      this.#roster.connected(peer, false);
      this.#dialer.disconnected(peer);
      if (this.#roster.isLiving(peer)) this.#heartbeat.probe(peer);
    }
    this.#solitude.disconnected();
  }

  #stood({ peer, from, to }: StandingChange, hand: 'first-hand' | 'second-hand'): void {
    const level = to === 'dead' || to === 'left' || from === undefined ? 'info' : 'debug';
    this.#log[level]({ peer, from, to, hand }, 'the standing of a member changed');
    this.#heartbeat.neighboursChanged();
    if (to === 'alive') this.#dialer.memberRevived(peer);
    else this.#dialer.memberChanged(peer);
    if (to !== 'dead') return;
    if (hand === 'first-hand') this.#news.spread(this.#roster.claimOn(peer));
    // A connection over which nothing comes is in the way of a new one.
    if (this.#network.isConnected(peer)) void this.#network.disconnect(peer);
  }

  #changed(peer: PeerId): void {
    if (!this.#listeners.hears('change')) return;
    const member = this.#roster.member(peer);
    if (member) this.#listeners.emit('change', member);
  }

  #forget(peer: PeerId): void {
    this.#dialer.forgotten(peer);
    this.#heartbeat.forgotten(peer);
    this.#listeners.emit('forget', peer);
  }

  #refuted(claim: Claim): void {
    if (claim.standing === 'suspect' || claim.standing === 'dead') this.#health.suspectedByOthers();
    if (claim.standing === 'alive') this.#contradicted();
    if (this.#state === 'running') this.#news.offerChanged();
  }

  /** Somebody announces offers under this peer's identity: after a restart this peer itself, else a copy of it. */
  #contradicted(): void {
    this.#contradictions += 1;
    if (this.#contradictions !== CONTRADICTIONS_OF_A_COPY) return;
    this.#log.error(
      { peer: this.#network.self },
      'another machine runs with this identity: give each its own data folder, not a copy',
    );
  }

  #wakeUp(byMs: number, message: string): void {
    this.#log.warn({ byMs }, message);
    this.#listeners.emit('jump', { byMs });
    // Most members of a large mesh are others' to watch: what happened to them is in the digests of those who do.
    const isLarge = this.#isLarge();
    this.#roster.suspectAll(isLarge ? 'connected' : 'all');
    // The dead of that time are forgotten elsewhere: as living ones they would go round once more.
    if (isLarge && byMs >= this.#options.liveness.forgetMs / 2) {
      this.#roster.forgetUnconnected();
      this.#forgotMs = this.#clock.now();
    }
    this.#roster.forgetClocks();
    this.#dialer.reset();
    this.#heartbeat.refresh().catch((error) => this.#log.warn({ err: error }, 'the refresh was cut short'));
  }

  #stalled(byMs: number): void {
    const message = 'this process did not run for a while: every member is looked at anew';
    if (byMs >= this.#options.clockWatch.jumpMs) this.#wakeUp(byMs, message);
    else this.#roster.excuse(byMs);
  }

  #checkAddresses(): void {
    const addresses = this.#network.addresses();
    const { own } = this.#roster;
    if (addresses.join() === own.addresses.join()) return;
    this.#roster.offer(own.offer, addresses);
    this.#news.offerChanged();
    this.#dialer.reset();
  }

  /** Whether not everyone is connected to everyone. */
  #isLarge(): boolean {
    return this.#roster.livingCount >= this.#options.dial.fullMesh;
  }

  #multiplier(): number {
    return this.#health.multiplier(this.#localHealth());
  }
}
