import * as pb from '../../protocols/artifacts/artifacts_pb.js';
import { GismeshError } from '../core/errors.ts';
import { rendezvousOrder } from '../core/rendezvous.ts';
import { Turnstile } from '../core/turnstile.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { Fetcher } from './fetcher.ts';
import { type Holding, MAX_HOLDERS } from './holdings.ts';
import { type ArtifactId, idToBytes } from './manifest.ts';
import type { Reach } from './reach.ts';
import type { ArtifactStore } from './store.ts';
import { type ArtifactRecord, CHECK, malformed, recordFromWire, WIRE_LIMITS } from './wire.ts';

export interface KeeperOptions {
  readonly checkMs: number;
  readonly settleMs: number;
  readonly recordsPerCall: number;
  readonly maxReplications: number;
  readonly maxWaitingReplications: number;
  readonly maxCandidates: number;
  readonly stallMs: number;
}

export interface KeeperParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: ArtifactStore;
  readonly reach: Reach;
  readonly fetcher: Fetcher;
  readonly options: KeeperOptions;
}

export interface ReplicateOptions {
  readonly owner?: string;
  /** Nobody needs the copies any more. */
  readonly signal?: AbortSignal;
}

/**
 * Keeps up the copies of what this peer holds. Every holder knows the others; the first of them that lives and still
 * has it, in the rendezvous order of the artifact, asks them now and then and has copies made for those that are gone.
 */
export class Keeper {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #store: ArtifactStore;
  readonly #reach: Reach;
  readonly #fetcher: Fetcher;
  readonly #options: KeeperOptions;
  readonly #turnstile: Turnstile;
  readonly #stopped = new AbortController();
  #timer: Timer | undefined;
  /** When the timer is due. */
  #dueMs = Number.POSITIVE_INFINITY;
  #checking = false;

  constructor(parts: KeeperParts) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#log = parts.log;
    this.#store = parts.store;
    this.#reach = parts.reach;
    this.#fetcher = parts.fetcher;
    this.#options = parts.options;
    this.#turnstile = new Turnstile(parts.options.maxReplications, parts.options.maxWaitingReplications);
    parts.network.onCall(CHECK, (payload) => this.#answerCheck(payload));
  }

  start(): void {
    this.#schedule(this.#options.checkMs);
  }

  stop(): void {
    this.#stopped.abort();
    this.#timer?.cancel();
  }

  /** A peer has gone: what it held is looked at soon, unless nothing here is known to be there. */
  peerGone(peer: PeerId): void {
    for (const { holders } of this.#store.holdings()) {
      if (!holders.includes(peer)) continue;
      this.#schedule(this.#options.settleMs);
      return;
    }
  }

  /**
   * Has `copies` other peers hold what this one holds; those that do, when no more can be found. They are the first of
   * the artifact's order that have room; who has it already is not asked to fetch it. With an `owner`, all of them
   * know that it has a use for it, also those that hold it for others already. `ARTIFACT_UNKNOWN` when it is not here;
   * aborting ends it with those that there are.
   */
  async replicate(
    id: ArtifactId,
    copies: number,
    { owner, signal = this.#stopped.signal }: ReplicateOptions = {},
  ): Promise<PeerId[]> {
    const holding = this.#store.holding(id);
    if (!holding) throw new GismeshError('ARTIFACT_UNKNOWN', `The artifact ${id} is not held here`);
    const alive = new Set(this.#reach.members());
    const known = holding.holders.filter((peer) => alive.has(peer));
    const record = this.#record({ ...holding, copies });
    const own = record.owners.filter((each) => each.owner === owner);
    const holds = async (peer: PeerId) => {
      if (own.length > 0) return await this.#copyTo(peer, { ...record, owners: own }, signal);
      return (await this.#reach.check(peer, [record]))?.has(id);
    };
    const answers = await Promise.all(known.map(holds));
    const confirmed = known.filter((_, at) => answers[at]);
    return this.#complete(id, copies, confirmed, signal);
  }

  /** Fetches what another peer wants to have kept. */
  async keep(
    record: ArtifactRecord,
    from: PeerId,
    options: { readonly signal: AbortSignal; readonly onProgress: (haveBytes: number) => void },
  ): Promise<void> {
    const { id, owners, copies, holders } = record;
    const [first, ...others] = owners;
    if (!first) throw malformed('no owner');
    await this.#fetcher.fetch(id, { ...first, ...options, holders: [from, ...holders] });
    for (const each of others) await this.#store.retain(id, each);
    await this.#store.place(id, copies, this.#withSelf([from, ...holders]));
  }

  /** Looks after everything that this peer is responsible for. Its own timer calls it, and tests. */
  async check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      const responsible = await this.#responsibilities();
      const { recordsPerCall } = this.#options;
      for (let at = 0; at < responsible.length && !this.#stopped.signal.aborted; at += recordsPerCall) {
        await this.#checkSome(responsible.slice(at, at + recordsPerCall));
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'the copies of artifacts could not be looked after');
    } finally {
      this.#checking = false;
    }
  }

  /** What no living holder before this one, in the artifact's order, has: it may have lost what it is said to hold. */
  async #responsibilities(): Promise<Holding[]> {
    const before = new Map<Holding, readonly PeerId[]>();
    const byPeer = new Map<PeerId, Holding[]>();
    const alive = new Set(this.#reach.members());
    for (const holding of this.#store.holdings()) {
      const { id, copies, holders } = holding;
      if (copies === 0) continue;
      const living = rendezvousOrder(id, this.#withSelf(holders.filter((peer) => alive.has(peer))));
      const ahead = living.slice(0, living.indexOf(this.#reach.self));
      before.set(holding, ahead);
      for (const peer of ahead) byPeer.set(peer, [...(byPeer.get(peer) ?? []), holding]);
    }
    const denied = new Map<PeerId, ReadonlySet<Holding>>();
    await Promise.all(
      [...byPeer].map(async ([peer, holdings]) => denied.set(peer, await this.#deniedBy(peer, holdings))),
    );
    return [...before].flatMap(([holding, ahead]) =>
      ahead.every((peer) => denied.get(peer)?.has(holding)) ? [holding] : [],
    );
  }

  /** What a peer says it does not hold; who does not answer denies nothing. */
  async #deniedBy(peer: PeerId, holdings: readonly Holding[]): Promise<ReadonlySet<Holding>> {
    const denied = new Set<Holding>();
    const { recordsPerCall } = this.#options;
    for (let at = 0; at < holdings.length && !this.#stopped.signal.aborted; at += recordsPerCall) {
      const some = holdings.slice(at, at + recordsPerCall);
      // Without holders: a question alone.
      const records = some.map((holding) => ({ ...this.#record(holding), holders: [] }));
      const held = await this.#reach.check(peer, records);
      if (!held) break;
      for (const holding of some) if (!held.has(holding.id)) denied.add(holding);
    }
    return denied;
  }

  async #checkSome(holdings: readonly Holding[]): Promise<void> {
    const alive = new Set(this.#reach.members());
    const byPeer = new Map<PeerId, Holding[]>();
    for (const holding of holdings) {
      for (const peer of holding.holders) {
        if (!alive.has(peer)) continue;
        const list = byPeer.get(peer) ?? [];
        list.push(holding);
        byPeer.set(peer, list);
      }
    }
    const held = new Map<PeerId, ReadonlySet<ArtifactId>>();
    await Promise.all(
      [...byPeer].map(async ([peer, theirs]) => {
        const answer = await this.#reach.check(
          peer,
          theirs.map((each) => this.#record(each)),
        );
        if (answer) held.set(peer, answer);
      }),
    );
    await Promise.all(
      holdings.map(async ({ id, copies, holders }) => {
        const confirmed = holders.filter((peer) => held.get(peer)?.has(id));
        try {
          await this.#complete(id, copies, confirmed);
        } catch (error) {
          this.#log.debug(
            { artifact: id, err: error },
            'the copies of an artifact could not be looked after',
          );
        }
      }),
    );
  }

  /** Has copies made until there are enough, and tells all holders of each other. */
  async #complete(
    id: ArtifactId,
    copies: number,
    confirmed: readonly PeerId[],
    signal = this.#stopped.signal,
  ): Promise<PeerId[]> {
    const keepers = [...confirmed];
    const missing = copies - keepers.length;
    if (missing > 0) {
      const candidates = this.#reach.order(id, new Set(keepers), this.#options.maxCandidates + missing);
      // Each of these walks on through the order until one candidate holds a copy.
      const walk = async () => {
        for (let peer = candidates.shift(); peer !== undefined; peer = candidates.shift()) {
          const holding = this.#store.holding(id);
          if (!holding || signal.aborted || this.#stopped.signal.aborted) return;
          const record = this.#record({ ...holding, copies, holders: this.#withSelf(keepers) });
          if (!(await this.#copyTo(peer, record, signal))) continue;
          keepers.push(peer);
          return;
        }
      };
      await Promise.all(Array.from({ length: missing }, walk));
    }
    await this.#agree(id, copies, keepers, missing > 0);
    return keepers;
  }

  async #copyTo(peer: PeerId, record: ArtifactRecord, until: AbortSignal): Promise<boolean> {
    const signal = AbortSignal.any([until, this.#stopped.signal]);
    try {
      await this.#turnstile.pass(signal, async () => {
        const stream = await this.#reach.open(peer, signal);
        try {
          await stream.keep(record, this.#options.stallMs);
          await stream.close();
        } catch (error) {
          stream.abort(error);
          throw error;
        }
      });
      return true;
    } catch (error) {
      this.#log.debug({ peer, artifact: record.id, err: error }, 'a peer did not take a copy of an artifact');
      return false;
    }
  }

  async #agree(id: ArtifactId, copies: number, keepers: readonly PeerId[], isNews: boolean): Promise<void> {
    await this.#store.place(id, copies, this.#withSelf(keepers));
    const holding = this.#store.holding(id);
    if (!holding || !isNews) return;
    const record = this.#record(holding);
    await Promise.all(keepers.map((peer) => this.#reach.check(peer, [record])));
  }

  async #answerCheck(payload: Uint8Array): Promise<Uint8Array> {
    const { records } = decodeMessage(pb.CheckRequestSchema, payload);
    if (records.length > WIRE_LIMITS.records) throw malformed('number of records');
    const held: Uint8Array[] = [];
    for (const record of records.map(recordFromWire)) {
      const holding = this.#store.holding(record.id);
      if (!holding) continue;
      held.push(idToBytes(record.id));
      if (record.holders.length > 0) await this.#takeOver(holding, record);
    }
    return encodeMessage(pb.CheckReplySchema, { held });
  }

  /** An owner that let go here is not brought back: only those that are known get more time. */
  async #takeOver(holding: Holding, record: ArtifactRecord): Promise<void> {
    const { id, owners, copies, holders } = record;
    for (const each of owners) if (holding.owners.has(each.owner)) await this.#store.retain(id, each);
    await this.#store.place(id, copies, this.#withSelf(holders));
  }

  #record({ id, size, owners, copies, holders }: Holding): ArtifactRecord {
    const list = [...owners].map(([owner, expiresAt]) => ({ owner, expiresAt }));
    return { id, size, owners: list, copies, holders: this.#withSelf(holders) };
  }

  #withSelf(peers: readonly PeerId[]): PeerId[] {
    return [...new Set([this.#reach.self, ...peers])].slice(0, MAX_HOLDERS);
  }

  /** At the earlier of this and what is planned. */
  #schedule(withinMs: number): void {
    const dueMs = this.#clock.now() + withinMs * (1 + this.#random.next());
    if (this.#stopped.signal.aborted || dueMs >= this.#dueMs) return;
    this.#timer?.cancel();
    this.#dueMs = dueMs;
    this.#timer = this.#clock.after(dueMs - this.#clock.now(), () => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      void this.check().then(() => this.#schedule(this.#options.checkMs));
    });
  }
}
