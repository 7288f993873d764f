import type { PeerId } from '../src/platform/network.ts';
import type { SeededRandom } from './random.ts';
import type { Sites } from './sites.ts';
import type { VirtualTime } from './time.ts';

export interface FabricOptions {
  /** Least one-way latency between two machines. */
  readonly latencyMs: number;
  /** Mean of the exponential part that comes on top. */
  readonly jitterMs: number;
  /** What the event loop of a process is busy with each message that it receives. */
  readonly processingMs: number;
  /** Of each machine's link in each direction, per connection. */
  readonly bandwidthBytesPerMs: number;
  /** What a handshake costs beyond its messages. */
  readonly handshakeMs: number;
  /** Probability that a notice is lost although the peer is connected (a full queue). */
  readonly noticeLoss: number;
  /** Probability that a publication is lost on one hop. */
  readonly gossipLoss: number;
  /** Peers to which a publication is passed on. */
  readonly gossipDegree: number;
  /** A connection whose data nobody acknowledges for so long is given up. */
  readonly unacknowledgedLimitMs: number;
  /** Mean wait until lost data are sent again after a way has opened. */
  readonly retransmissionMs: number;
  /** What a sender may have under way on one connection before it is reset. */
  readonly sendBufferBytes: number;
  /** What waits for a peer that does not read; beyond it calls are refused, notices and publications dropped. */
  readonly maxQueuedBytes: number;
  /** Payloads of calls, notices and publications. */
  readonly maxMessageBytes: number;
  /** What the two ends of a stream may have under way. */
  readonly streamWindowBytes: number;
  /** Unanswered calls from one peer to another. */
  readonly maxCallsPerPeer: number;
}

/** One room: a switched gigabit network. */
const LAN: FabricOptions = {
  latencyMs: 0.2,
  jitterMs: 0.1,
  processingMs: 0,
  bandwidthBytesPerMs: 118_000,
  handshakeMs: 17,
  noticeLoss: 0,
  gossipLoss: 0,
  gossipDegree: 6,
  unacknowledgedLimitMs: 30_000,
  retransmissionMs: 400,
  sendBufferBytes: 8 * 1024 * 1024,
  maxQueuedBytes: 4 * 1024 * 1024,
  maxMessageBytes: 256 * 1024,
  streamWindowBytes: 256 * 1024,
  maxCallsPerPeer: 256,
};

/** Something that arrived: what traces are made of and what checkers count. */
export interface Delivery {
  readonly atMs: number;
  readonly from: PeerId;
  readonly to: PeerId;
  /** E.g. `call membership.ping`, `answer membership.ping`, `gossip offers`. */
  readonly label: string;
  readonly bytes: number;
}

/** Something that a process gave to a connection, whether and whenever it arrives. */
export type Sending = Omit<Delivery, 'atMs'>;

/** How badly the packets of one machine travel, on top of what the network is like. */
export interface LinkTrouble {
  /** Probability that a packet is lost; over a connection it is sent again, which takes time. */
  readonly loss: number;
  /** Probability that a packet outside any connection arrives twice. */
  readonly duplication: number;
  readonly extraLatencyMs: number;
}

const NO_TROUBLE: LinkTrouble = { loss: 0, duplication: 0, extraLatencyMs: 0 };

/** Sooner or later a packet gets through, or the way counts as closed. */
const MAX_RETRANSMISSIONS = 6;

/** A connection as the wires see it. */
export interface Wire {
  joins(one: PeerId, other: PeerId): boolean;
  touches(peer: PeerId): boolean;
  /** Sends again what waits for ways that may have opened. */
  release(): void;
  /** A peer reads at another speed from now on, also what has been sent to it before. */
  readAnew(peer: PeerId): void;
  /** Breaks it at both ends. */
  reset(): void;
}

/** The wires between the machines: which ways are open, how long they take, what arrives. */
export class Fabric {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly options: FabricOptions;
  /** Where the machines are, if not all in one room. */
  sites: Sites | undefined;
  readonly #wires = new Set<Wire>();
  readonly #observers: Array<(delivery: Delivery) => void> = [];
  readonly #sendingObservers: Array<(sending: Sending) => void> = [];
  /** Closed ways as `from>to`. */
  readonly #blocked = new Set<string>();
  /** Machines without power or cable. */
  readonly #unplugged = new Set<PeerId>();
  readonly #troubles = new Map<PeerId, LinkTrouble>();
  /** Those that read slowly, with when they will have read what has been sent to them. */
  readonly #slowReaders = new Map<PeerId, { readonly bytesPerMs: number; freeMs: number }>();

  constructor(time: VirtualTime, random: SeededRandom, options: Partial<FabricOptions> = {}) {
    this.time = time;
    this.random = random;
    this.options = { ...LAN, ...options };
  }

  /** Calls `observer` for everything that arrives. */
  observe(observer: (delivery: Delivery) => void): void {
    this.#observers.push(observer);
  }

  report(from: PeerId, to: PeerId, label: string, bytes: number): void {
    const delivery = { atMs: this.time.nowMs, from, to, label, bytes };
    for (const observer of this.#observers) observer(delivery);
  }

  /** Calls `observer` for everything that is given to a connection. */
  observeSending(observer: (sending: Sending) => void): void {
    this.#sendingObservers.push(observer);
  }

  sending(from: PeerId, to: PeerId, label: string, bytes: number): void {
    if (this.#sendingObservers.length === 0) return;
    const sending = { from, to, label, bytes };
    for (const observer of this.#sendingObservers) observer(sending);
  }

  add(wire: Wire): void {
    this.#wires.add(wire);
  }

  delete(wire: Wire): void {
    this.#wires.delete(wire);
  }

  // --- which ways are open ---

  isOpen(from: PeerId, to: PeerId): boolean {
    // Asked for every message: the text is only made while some way is closed.
    if (this.#blocked.size > 0 && this.#blocked.has(`${from}>${to}`)) return false;
    return this.#unplugged.size === 0 || (!this.#unplugged.has(from) && !this.#unplugged.has(to));
  }

  /** Closes the way from each of `from` to each of `to`; the opposite direction stays as it is. */
  block(from: readonly PeerId[], to: readonly PeerId[]): void {
    for (const a of from) for (const b of to) if (a !== b) this.#blocked.add(`${a}>${b}`);
  }

  unblock(from: readonly PeerId[], to: readonly PeerId[]): void {
    for (const a of from) for (const b of to) this.#blocked.delete(`${a}>${b}`);
    this.#release();
  }

  /** Cuts the groups off from each other, in both directions. */
  partition(...groups: ReadonlyArray<readonly PeerId[]>): void {
    for (const one of groups) for (const other of groups) if (one !== other) this.block(one, other);
  }

  /** Opens every way that was blocked. */
  heal(): void {
    this.#blocked.clear();
    this.#release();
  }

  /** Pulls a machine's network cable, or its power: nobody is told. */
  unplug(peer: PeerId): void {
    this.#unplugged.add(peer);
  }

  plug(peer: PeerId): void {
    this.#unplugged.delete(peer);
    this.#release();
  }

  /** Resets every connection between two peers. */
  reset(one: PeerId, other: PeerId): void {
    for (const wire of [...this.#wires]) {
      if (wire.joins(one, other)) wire.reset();
    }
  }

  /** Resets every connection of a peer. */
  resetAll(peer: PeerId): void {
    for (const wire of [...this.#wires]) {
      if (wire.touches(peer)) wire.reset();
    }
  }

  // --- how long they take ---

  /** A bad cable, a full switch, weak Wi-Fi: everything from and to the machine suffers, until `relieve`. */
  trouble(peer: PeerId, trouble: LinkTrouble): void {
    this.#troubles.set(peer, trouble);
  }

  relieve(peer: PeerId): void {
    this.#troubles.delete(peer);
  }

  /** From now on a process reads its connections, all together, no faster than this; infinity: as fast as they send. */
  readSlowly(peer: PeerId, bytesPerMs: number): void {
    const before = this.#slowReaders.get(peer)?.bytesPerMs ?? Infinity;
    if (bytesPerMs === before) return;
    if (bytesPerMs < Infinity) this.#slowReaders.set(peer, { bytesPerMs, freeMs: 0 });
    else this.#slowReaders.delete(peer);
    for (const wire of this.#wires) if (wire.touches(peer)) wire.readAnew(peer);
  }

  /** When a process has read what comes to its machine at `atMs`. */
  readMs(peer: PeerId, bytes: number, atMs: number): number {
    const reader = this.#slowReaders.get(peer);
    if (!reader) return atMs;
    reader.freeMs = Math.max(atMs, reader.freeMs) + bytes / reader.bytesPerMs;
    return reader.freeMs;
  }

  /** How long one message of a connection is on its way, with what lost packets cost, ms. */
  travelMs(from: PeerId, to: PeerId): number {
    const latencyMs =
      this.options.latencyMs +
      (this.sites?.latencyMs(from, to) ?? 0) +
      this.random.exponential(this.options.jitterMs);
    if (this.#troubles.size === 0) return latencyMs;
    const { loss, extraLatencyMs } = this.#troubleBetween(from, to);
    let ms = latencyMs + this.random.exponential(extraLatencyMs);
    for (let again = 0; again < MAX_RETRANSMISSIONS && this.random.chance(loss); again += 1) {
      ms += this.options.retransmissionMs * 2 ** again;
    }
    return ms;
  }

  /** A message outside any connection, as in a handshake: lost when the way is closed. */
  datagram(from: PeerId, to: PeerId, arrive: () => void): void {
    if (!this.isOpen(from, to)) return;
    this.time.at(this.time.nowMs + this.travelMs(from, to), () => {
      if (this.isOpen(from, to)) arrive();
    });
  }

  /** A message that nobody misses: lost packets are not sent again, and what arrives may arrive twice. */
  announcement(from: PeerId, to: PeerId, arrive: () => void): void {
    const { loss, duplication } = this.#troubleBetween(from, to);
    if (this.random.chance(loss)) return;
    this.datagram(from, to, arrive);
    if (this.random.chance(duplication)) this.datagram(from, to, arrive);
  }

  #troubleBetween(from: PeerId, to: PeerId): LinkTrouble {
    const one = this.#troubles.get(from) ?? NO_TROUBLE;
    const other = this.#troubles.get(to) ?? NO_TROUBLE;
    return {
      loss: 1 - (1 - one.loss) * (1 - other.loss),
      duplication: 1 - (1 - one.duplication) * (1 - other.duplication),
      extraLatencyMs: one.extraLatencyMs + other.extraLatencyMs,
    };
  }

  #release(): void {
    for (const wire of [...this.#wires]) wire.release();
  }
}
