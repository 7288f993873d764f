import type { Timer } from '../src/platform/clock.ts';
import type { PeerId } from '../src/platform/network.ts';
import type { MachineClock } from './clock.ts';
import type { Fabric, Wire } from './fabric.ts';
import { Happening } from './happening.ts';

/** One end of a connection: a process on a machine. */
export interface ConnectionEnd {
  readonly self: PeerId;
  readonly clock: MachineClock;
}

/** What parts that talk over a connection need of it. */
export interface Channel {
  /** Sends `bytes` bytes from an end; `deliver` runs within the other process when they arrive. */
  send(end: ConnectionEnd, bytes: number, label: string, deliver: () => void): void;
}

/** Label of what bulk streams send: each has a window of its own. */
export const STREAM_LABEL = 'stream';

/** Headers of Ethernet, IP, TCP, Noise and yamux around one small message. */
const OVERHEAD_BYTES = 90;

/**
 * A TCP connection: reliable and in order in each direction, whatever the fabric does. While a way is closed
 * the data wait at the sender; when they wait for too long, that end gives up. The ends close separately: a
 * close travels like data, and data for a closed end are answered with a reset.
 */
export class Connection<End extends ConnectionEnd> implements Wire, Channel {
  readonly #fabric: Fabric;
  readonly #directions: readonly [Direction<End>, Direction<End>];
  readonly #onClosed: (end: End) => void;

  /** `onClosed` runs within the process of an end after that end has closed. */
  constructor(fabric: Fabric, one: End, other: End, onClosed: (end: End) => void) {
    this.#fabric = fabric;
    this.#directions = [new Direction(this, fabric, one, other), new Direction(this, fabric, other, one)];
    this.#onClosed = onClosed;
    fabric.add(this);
  }

  joins(one: PeerId, other: PeerId): boolean {
    const peers = this.#directions.map((direction) => direction.from.self);
    return peers.includes(one) && peers.includes(other);
  }

  touches(peer: PeerId): boolean {
    return this.#directions.some((direction) => direction.from.self === peer);
  }

  opposite(end: ConnectionEnd): End {
    return this.#from(end).to;
  }

  isOpen(end: ConnectionEnd): boolean {
    return this.#from(end).open;
  }

  /** What an end has sent, beside streams, that the other one has not read. */
  unreadBytes(end: ConnectionEnd): number {
    return this.#from(end).unreadBytes;
  }

  send(end: ConnectionEnd, bytes: number, label: string, deliver: () => void): void {
    const direction = this.#from(end);
    if (direction.open) direction.send(bytes, label, deliver);
  }

  /** Closes one end; the other end is told as far as it can be. */
  close(end: ConnectionEnd): void {
    const direction = this.#from(end);
    if (!direction.open) return;
    direction.finish();
    this.#ended(direction.from);
  }

  /** The remote end closed, or this end's data met no acknowledgement. */
  end(end: ConnectionEnd): void {
    const direction = this.#from(end);
    if (!direction.open) {
      this.#leaveIdle();
      return;
    }
    direction.abandon();
    this.#ended(direction.from);
  }

  readAnew(peer: PeerId): void {
    for (const direction of this.#directions) if (direction.to.self === peer) direction.readAnew();
  }

  reset(): void {
    for (const { from } of this.#directions) this.end(from);
  }

  release(): void {
    for (const direction of this.#directions) direction.release();
  }

  #ended(end: End): void {
    this.#leaveIdle();
    end.clock.deliver(() => this.#onClosed(end));
  }

  /** Nothing of it is on the fabric any more. */
  #leaveIdle(): void {
    if (this.#directions.every((direction) => direction.idle)) this.#fabric.delete(this);
  }

  #from(end: ConnectionEnd): Direction<End> {
    return this.#directions[0].from === end ? this.#directions[0] : this.#directions[1];
  }
}

/** Something sent; it happens when it is read. */
class Parcel extends Happening {
  readonly #way: { arrive(parcel: Parcel): void };
  readonly bytes: number;
  readonly label: string;
  readonly deliver: () => void;
  /** When it comes to the machine; it is read then, or later. */
  comesMs = 0;

  constructor(way: { arrive(parcel: Parcel): void }, bytes: number, label: string, deliver: () => void) {
    super();
    this.#way = way;
    this.bytes = bytes;
    this.label = label;
    this.deliver = deliver;
  }

  happen(): void {
    this.#way.arrive(this);
  }

  /** Takes it back from where it is, to be sent or read anew. */
  again(): Parcel {
    this.cancel();
    const parcel = new Parcel(this.#way, this.bytes, this.label, this.deliver);
    parcel.comesMs = this.comesMs;
    return parcel;
  }
}

class Direction<End extends ConnectionEnd> {
  readonly from: End;
  readonly to: End;
  readonly #connection: Connection<End>;
  readonly #fabric: Fabric;
  /** Sent and not acknowledged because the way is closed, oldest first. */
  #waiting: Parcel[] = [];
  #waitingBytes = 0;
  #unreadBytes = 0;
  /** On their way or not read yet, oldest first. */
  #travelling: Parcel[] = [];
  /** When the last byte given to the wire has left. */
  #wireFreeMs = 0;
  #lastComesMs = 0;
  #limit: Timer | undefined;
  #open = true;

  constructor(connection: Connection<End>, fabric: Fabric, from: End, to: End) {
    this.#connection = connection;
    this.#fabric = fabric;
    this.from = from;
    this.to = to;
  }

  /** Whether the sending end is open. */
  get open(): boolean {
    return this.#open;
  }

  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Closed, and nothing waits to be sent. */
  get idle(): boolean {
    return !this.#open && this.#waiting.length === 0;
  }

  send(bytes: number, label: string, deliver: () => void): void {
    this.#fabric.sending(this.from.self, this.to.self, label, bytes);
    if (label !== STREAM_LABEL) this.#unreadBytes += bytes;
    const parcel = new Parcel(this, bytes, label, deliver);
    if (this.#waiting.length > 0 || !this.#fabric.isOpen(this.from.self, this.to.self)) this.#hold(parcel);
    else this.#travel(parcel, 0);
  }

  /** Sends a last parcel that closes the other end, and closes this one. */
  finish(): void {
    this.send(0, 'close', () => this.#connection.end(this.to));
    this.#open = false;
  }

  abandon(): void {
    this.#open = false;
    this.#waiting = [];
    this.#limit?.cancel();
  }

  release(): void {
    if (this.#waiting.length === 0 || !this.#fabric.isOpen(this.from.self, this.to.self)) return;
    this.#limit?.cancel();
    this.#limit = undefined;
    const parcels = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const again = this.#fabric.random.exponential(this.#fabric.options.retransmissionMs);
    for (const parcel of parcels) this.#travel(parcel, again);
  }

  #travel(parcel: Parcel, delayMs: number): void {
    const { time, options, sites } = this.#fabric;
    const beginMs = Math.max(time.nowMs + delayMs, this.#wireFreeMs);
    const bytes = parcel.bytes + OVERHEAD_BYTES;
    this.#wireFreeMs = beginMs + bytes / options.bandwidthBytesPerMs;
    const throughMs =
      sites?.throughMs(this.from.self, this.to.self, bytes, time.nowMs, this.#wireFreeMs) ?? this.#wireFreeMs;
    // In order: never before what was sent earlier.
    this.#lastComesMs = Math.max(
      this.#lastComesMs,
      throughMs + this.#fabric.travelMs(this.from.self, this.to.self),
    );
    parcel.comesMs = this.#lastComesMs;
    this.#travelling.push(parcel);
    this.#read(parcel);
  }

  #read(parcel: Parcel): void {
    const { time } = this.#fabric;
    const comesMs = Math.max(time.nowMs, parcel.comesMs);
    time.add(this.#fabric.readMs(this.to.self, parcel.bytes + OVERHEAD_BYTES, comesMs), parcel);
  }

  readAnew(): void {
    this.#travelling = this.#travelling.map((parcel) => parcel.again());
    for (const parcel of this.#travelling) this.#read(parcel);
  }

  /** A parcel's time has come; only the parcel itself calls this. */
  arrive(parcel: Parcel): void {
    if (!this.#fabric.isOpen(this.from.self, this.to.self)) {
      this.#lose();
      return;
    }
    this.#travelling.shift();
    if (!this.#connection.isOpen(this.to) || this.to.clock.ended) {
      this.#fabric.datagram(this.to.self, this.from.self, () => this.#connection.end(this.from));
      return;
    }
    this.to.clock.deliver(() => this.#receive(parcel));
  }

  #receive(parcel: Parcel): void {
    if (parcel.label !== STREAM_LABEL) this.#unreadBytes -= parcel.bytes;
    if (!this.#connection.isOpen(this.to)) return;
    this.#fabric.report(this.from.self, this.to.self, parcel.label, parcel.bytes);
    parcel.deliver();
  }

  /** The way has closed: whatever is on it has to be sent again, before what was not sent yet. */
  #lose(): void {
    const unsent = this.#waiting;
    const lost = this.#travelling.map((parcel) => parcel.again());
    this.#travelling = [];
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const parcel of [...lost, ...unsent]) this.#hold(parcel);
  }

  #hold(parcel: Parcel): void {
    this.#waiting.push(parcel);
    this.#waitingBytes += parcel.bytes;
    if (this.#waitingBytes > this.#fabric.options.sendBufferBytes) {
      this.#connection.end(this.from);
      return;
    }
    const { time, options } = this.#fabric;
    this.#limit ??= time.at(time.nowMs + options.unacknowledgedLimitMs, () => {
      this.#waiting = [];
      this.#connection.end(this.from);
    });
  }
}
