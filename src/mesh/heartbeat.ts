import * as pb from '../../protocols/membership/membership_pb.js';
import { errorCode, GismeshError } from '../core/errors.ts';
import type { LocalHealth } from '../core/local-health.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { CallContext, Network, PeerId } from '../platform/network.ts';
import { type Random, randomInteger } from '../platform/random.ts';
import type { HeartbeatOptions } from './membership-options.ts';
import type { News } from './news.ts';
import type { Claim } from './offer.ts';
import { type Ping, PingCodec } from './ping-codec.ts';
import { ProbeOrder } from './probe-order.ts';
import type { Roster } from './roster.ts';

const PING = 'membership.ping';
const PROBE = 'membership.probe';

/** A timer this much later than its time says that this process did not run. */
const LATE_FACTOR = 1.5;
const LATE_MS = 100;

export interface HeartbeatParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly roster: Roster;
  readonly news: News;
  readonly health: LocalHealth;
  readonly log: Log;
  /** Factor, at least 1, that stretches every timeout. */
  multiplier(): number;
  /** Whether the mesh is too large for everyone to be connected to everyone. */
  isLarge(): boolean;
  /** Tries to connect to a member without a connection. */
  connect(peer: PeerId, timeoutMs: number): Promise<void>;
  checkClock(): void;
  /** A peer showed the digest of its view. */
  compare(peer: PeerId, digest: Uint8Array): void;
}

/**
 * Who does not answer: SWIM's probes. One member per period is pinged, by turns the successor on a ring and
 * a random one; a member that does not answer is pinged again by others on this peer's behalf, and suspected
 * when nobody reaches it.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #options: HeartbeatOptions;
  readonly #codec = new PingCodec();
  readonly #order: ProbeOrder;
  #beats = 0;
  readonly #probing = new Set<PeerId>();
  readonly #directFailures = new Map<PeerId, number>();
  #served = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: HeartbeatParts, options: HeartbeatOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#order = new ProbeOrder(parts);
  }

  listen(): void {
    this.#parts.network.onCall(PING, (payload, context) => this.#answerPing(payload, context));
    this.#parts.network.onCall(PROBE, (payload, context) => this.#answerProbe(payload, context));
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Connections or standings changed. */
  neighboursChanged(): void {
    this.#order.neighboursChanged();
  }

  /** Nothing is known of a member any more. */
  forgotten(peer: PeerId): void {
    this.#directFailures.delete(peer);
  }

  /** Finds out now whether a member is there; `heard` is what others say of it. */
  probe(peer: PeerId, heard?: Claim): void {
    if (this.#stopped || this.#probing.has(peer) || this.#probing.size >= this.#options.maxProbes) return;
    this.#probing.add(peer);
    void this.#probeToEnd(peer, heard);
  }

  /** Pings every connected member, and breaks the connections that do not answer. */
  async refresh(): Promise<void> {
    const waiting = this.#parts.network.connected();
    const lanes = Array.from({ length: this.#options.maxProbes }, async () => {
      for (let peer = waiting.pop(); peer !== undefined; peer = waiting.pop()) {
        if (!(await this.#ping(peer, this.#timeouts(peer, 1).indirectTimeoutMs))) {
          await this.#parts.network.disconnect(peer);
        }
      }
    });
    await Promise.all(lanes);
  }

  #schedule(): void {
    const { clock, random, multiplier } = this.#parts;
    // Jitter keeps the beats of machines that started together apart.
    const delayMs = this.#options.periodMs * multiplier() * (0.9 + 0.2 * random.next());
    this.#timer = clock.after(delayMs, () => {
      this.#beat();
      if (!this.#stopped) this.#schedule();
    });
  }

  #beat(): void {
    const { roster, multiplier, checkClock, isLarge } = this.#parts;
    const { suspectsPerPeriod, strangerEvery, largeEvery } = this.#options;
    // Time that this process slept through must not be counted against others.
    checkClock();
    roster.tick(multiplier());
    this.#beats += 1;
    const isDue = (every: number) => this.#beats % every === 0;
    // In a large mesh all would dial a suspect that two dozen look after.
    const suspects = this.#pick(isLarge() ? roster.ownSuspects() : roster.suspects(), suspectsPerPeriod);
    const neighbour = !isLarge() || isDue(largeEvery) ? this.#order.nextNeighbour() : undefined;
    const stranger = isDue(strangerEvery) ? this.#order.nextStranger() : undefined;
    for (const peer of suspects) this.probe(peer);
    if (neighbour !== undefined) this.probe(neighbour);
    if (stranger !== undefined) this.probe(stranger);
  }

  // --- probing ---

  async #probeToEnd(peer: PeerId, heard: Claim | undefined): Promise<void> {
    try {
      await this.#probe(peer, heard);
    } catch (error) {
      this.#parts.log.warn({ peer, err: error }, 'a probe failed to come to an end');
    } finally {
      this.#probing.delete(peer);
    }
  }

  async #probe(peer: PeerId, heard: Claim | undefined): Promise<void> {
    const { network, roster, health, news, clock, multiplier } = this.#parts;
    const begunMs = clock.now();
    const { timeoutMs, indirectTimeoutMs } = this.#timeouts(peer, multiplier());
    const wasConnected = network.isConnected(peer);
    if (wasConnected && (await this.#ping(peer, timeoutMs, heard))) {
      health.probeSucceeded();
      return;
    }
    const again = network.isConnected(peer)
      ? this.#ping(peer, indirectTimeoutMs, heard)
      : Promise.resolve(false);
    const [direct, asked] = await Promise.all([again, this.#askHelpers(peer, indirectTimeoutMs)]);
    if (this.#stopped || direct) return;
    if (clock.now() - begunMs > (timeoutMs + indirectTimeoutMs) * LATE_FACTOR + LATE_MS) {
      // This process itself stood still: silence proves nothing.
      health.probeFailed(1);
      return;
    }
    if (asked.answered) {
      roster.vouched(peer);
      await this.#noteDirectFailure(peer);
      return;
    }
    health.probeFailed(asked.silent);
    if (!network.isConnected(peer) && (await this.#reconnects(peer, indirectTimeoutMs))) return;
    if (!roster.isLiving(peer) || this.#stopped) return;
    // Its answers are late, or do not find the way; it lives all the same.
    if (roster.wasHeardSince(peer, begunMs)) return;
    roster.doubt(peer);
    news.spread(roster.claimOn(peer));
  }

  /** How long a peer may take: where its answers are known to take longer than the configured time, that long. */
  #timeouts(peer: PeerId, multiplier: number): { timeoutMs: number; indirectTimeoutMs: number } {
    const { pingTimeoutMs, indirectTimeoutMs, lateMs } = this.#options;
    const usualMs = this.#parts.roster.answersWithinMs(peer);
    return {
      timeoutMs: Math.max(pingTimeoutMs * multiplier, Math.min(lateMs, usualMs)),
      indirectTimeoutMs: Math.max(indirectTimeoutMs * multiplier, Math.min(lateMs, 2 * usualMs)),
    };
  }

  /** Whether a peer answers in time. What it answers later is taken as well. */
  #ping(peer: PeerId, inTimeMs: number, heard?: Claim): Promise<boolean> {
    const { network, clock, roster, news } = this.#parts;
    const timeoutMs = Math.max(inTimeMs, this.#options.lateMs);
    const receiver = heard ?? roster.claimOn(peer);
    const ping = this.#codec.encode(peer, roster.own, roster.digest(), receiver, news.along());
    const sentMs = clock.now();
    return new Promise((resolve, reject) => {
      const timer = clock.after(inTimeMs, () => resolve(false));
      const end = (answered: boolean) => {
        timer.cancel();
        resolve(answered);
      };
      network
        .call(peer, PING, ping, { timeoutMs })
        .then(
          (reply) => end(this.#takeReply(peer, reply, clock.now() - sentMs, inTimeMs)),
          (error) => end(this.#isThere(peer, error)),
        )
        .catch(reject);
    });
  }

  /** Whether it was an answer. */
  #takeReply(peer: PeerId, payload: Uint8Array, tookMs: number, inTimeMs: number): boolean {
    const { roster, compare } = this.#parts;
    try {
      const reply = this.#codec.decode(peer, payload);
      roster.answeredAfter(peer, tookMs);
      if (tookMs < inTimeMs) roster.measured(peer, tookMs);
      this.#directFailures.delete(peer);
      this.#take(reply, peer);
      compare(peer, reply.digest);
      return true;
    } catch (error) {
      return this.#isThere(peer, error);
    }
  }

  /** Whoever answers with an error is there. `BUSY` may be this side's: too many calls without an answer. */
  #isThere(peer: PeerId, error: unknown): boolean {
    const code = errorCode(error);
    const answered = code === 'REMOTE_FAILED' || code === 'MESSAGE_MALFORMED';
    if (answered) this.#parts.roster.hear(peer);
    return answered;
  }

  #answerPing(payload: Uint8Array, { peer }: CallContext): Uint8Array {
    const { roster, news } = this.#parts;
    const ping = this.#codec.decode(peer, payload);
    const receiver = roster.claimOn(peer);
    this.#take(ping, peer);
    return this.#codec.encode(peer, roster.own, roster.digest(), receiver, news.along());
  }

  #take({ sequence, load, loadStamp, receiver, claims }: Ping, peer: PeerId): void {
    const { roster } = this.#parts;
    roster.hear(peer, sequence);
    roster.takeLoad(peer, load, loadStamp);
    if (receiver) roster.takeClaim(receiver, peer);
    for (const claim of claims) roster.takeClaim(claim, peer);
  }

  // --- help ---

  /** `answered`: at least one helper reached it; `silent`: so many helpers did not say a word. */
  async #askHelpers(peer: PeerId, timeoutMs: number): Promise<{ answered: boolean; silent: number }> {
    const { network } = this.#parts;
    const request = encodeMessage(pb.ProbeRequestSchema, { peer });
    const outcome = { answered: false, silent: 0 };
    await Promise.all(
      this.#helpers(peer).map(async (helper) => {
        try {
          const payload = await network.call(helper, PROBE, request, { timeoutMs });
          const reply = decodeMessage(pb.ProbeReplySchema, payload);
          outcome.answered ||= reply.answered;
        } catch (error) {
          if (errorCode(error) === 'NETWORK_TIMEOUT') outcome.silent += 1;
        }
      }),
    );
    return outcome;
  }

  #helpers(except: PeerId): PeerId[] {
    const { network, roster } = this.#parts;
    const others = network.connected().filter((peer) => peer !== except && roster.isAlive(peer));
    return this.#pick(others, this.#options.helpers);
  }

  /** At most `count` of the peers, at random. */
  #pick(peers: PeerId[], count: number): PeerId[] {
    const picked: PeerId[] = [];
    while (peers.length > 0 && picked.length < count) {
      picked.push(...peers.splice(randomInteger(this.#parts.random, peers.length), 1));
    }
    return picked;
  }

  async #answerProbe(payload: Uint8Array, { peer: asker }: CallContext): Promise<Uint8Array> {
    const { peer } = decodeMessage(pb.ProbeRequestSchema, payload);
    const { network } = this.#parts;
    if (!network.isConnected(peer) || peer === asker)
      return encodeMessage(pb.ProbeReplySchema, { answered: false });
    if (this.#served >= this.#options.maxServed) {
      throw new GismeshError('BUSY', 'too many probes on behalf of others');
    }
    this.#served += 1;
    try {
      // Maybe longer than the asker waits: behind a full link, silent helpers are what makes it patient (Lifeguard).
      const answered = await this.#ping(peer, this.#timeouts(peer, 1).timeoutMs);
      return encodeMessage(pb.ProbeReplySchema, { answered });
    } finally {
      this.#served -= 1;
    }
  }

  async #reconnects(peer: PeerId, timeoutMs: number): Promise<boolean> {
    try {
      await this.#parts.connect(peer, timeoutMs);
      return true;
    } catch {
      return false;
    }
  }

  /** Others reach it and this peer does not: after a few times its own connection is to blame. */
  async #noteDirectFailure(peer: PeerId): Promise<void> {
    if (!this.#parts.network.isConnected(peer)) return;
    const failures = (this.#directFailures.get(peer) ?? 0) + 1;
    if (failures < this.#options.reconnectAfter) {
      this.#directFailures.set(peer, failures);
      return;
    }
    this.#directFailures.delete(peer);
    await this.#parts.network.disconnect(peer);
  }
}
