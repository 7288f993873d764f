import * as pb from '../../protocols/artifacts/artifacts_pb.js';
import { rendezvousOrder } from '../core/rendezvous.ts';
import { callMember } from '../platform/call-member.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import { ArtifactStream, type ArtifactStreamOptions } from './artifact-stream.ts';
import { type ArtifactId, idFromBytes } from './manifest.ts';
import { type ArtifactRecord, CHECK, recordToWire } from './wire.ts';

export interface ReachOptions extends ArtifactStreamOptions {
  /** Asking a peer what it holds. */
  readonly callTimeoutMs: number;
  /** From so many on a transfer is worth a connection of its own. */
  readonly largeBytes: number;
  /** After the first that holds it the others have this time. */
  readonly othersMs: number;
  /** Peers asked at a time who holds an artifact. */
  readonly askPeers: number;
}

export interface ReachParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  /** Living members that take part, without this peer. */
  readonly members: () => readonly PeerId[];
  /** Connects to a member where a large mesh has no standing connection; rejects when that fails. */
  readonly ensureConnected: (peer: PeerId) => Promise<void>;
  readonly options: ReachOptions;
}

/** The other peers, as far as artifacts go. */
export class Reach {
  readonly #parts: ReachParts;

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  get self(): PeerId {
    return this.#parts.network.self;
  }

  members(): readonly PeerId[] {
    return this.#parts.members();
  }

  /** Members in the order in which they would hold an artifact. */
  order(id: ArtifactId, except: ReadonlySet<PeerId> = new Set(), limit = Number.POSITIVE_INFINITY): PeerId[] {
    const peers = this.members().filter((peer) => !except.has(peer));
    return rendezvousOrder(id, peers, Math.min(limit, peers.length));
  }

  /** `bytes`: about what will be asked for. */
  async open(peer: PeerId, signal: AbortSignal, bytes = 0): Promise<ArtifactStream> {
    const { network, options } = this.#parts;
    if (!network.isConnected(peer)) await this.#parts.ensureConnected(peer);
    return ArtifactStream.open(this.#parts, peer, options, signal, bytes >= options.largeBytes);
  }

  /** Which of these a peer holds in full; undefined when it does not answer. Holders take the records over. */
  async check(peer: PeerId, records: readonly ArtifactRecord[]): Promise<Set<ArtifactId> | undefined> {
    const { network, log, options } = this.#parts;
    try {
      const payload = encodeMessage(pb.CheckRequestSchema, { records: records.map(recordToWire) });
      const question = { method: CHECK, payload, timeoutMs: options.callTimeoutMs };
      const answer = await callMember(network, this.#parts, peer, question);
      return new Set(decodeMessage(pb.CheckReplySchema, answer).held.map(idFromBytes));
    } catch (error) {
      log.debug({ peer, err: error }, 'a peer could not be asked for artifacts');
      return undefined;
    }
  }

  /**
   * Peers other than this one that hold an artifact: of the `hints`, when one of them does; else of all members, asked
   * in the order in which they would hold it, until some do.
   */
  async holders(id: ArtifactId, hints: readonly PeerId[]): Promise<PeerId[]> {
    // Hints get old: who is known to be gone is not waited for.
    const living = new Set(this.members());
    const { network } = this.#parts;
    const isThere = (peer: PeerId) => living.has(peer) || network.isConnected(peer);
    const known = new Set(hints.filter((peer) => peer !== this.self && isThere(peer)));
    const confirmed = await this.#ask(id, [...known]);
    if (confirmed.length > 0) return confirmed;
    const order = this.order(id, known);
    const { askPeers } = this.#parts.options;
    for (let at = 0; at < order.length; at += askPeers) {
      const found = await this.#ask(id, order.slice(at, at + askPeers));
      if (found.length > 0) return found;
    }
    return [];
  }

  async #ask(id: ArtifactId, peers: readonly PeerId[]): Promise<PeerId[]> {
    const question = { id, size: 0, owners: [], copies: 0, holders: [] };
    const holding = new Set<PeerId>();
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    let timer: Timer | undefined;
    const answers = peers.map(async (peer) => {
      if (!(await this.check(peer, [question]))?.has(id)) return;
      holding.add(peer);
      timer ??= this.#parts.clock.after(this.#parts.options.othersMs, resolve);
    });
    await Promise.race([Promise.all(answers), enough]);
    timer?.cancel();
    return peers.filter((peer) => holding.has(peer));
  }
}
