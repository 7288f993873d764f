import { create, toBinary } from '@bufbuild/protobuf';
import { ReleaseSchema } from '../../protocols/maps/maps_pb.js';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Network, PeerId } from '../platform/network.ts';

export const RELEASE_METHOD = 'maps.release';

/**
 * How long a release may wait for company, ms: less than a reservation lasts by itself. Under load the next
 * message to the same peer comes sooner and takes it along in one packet.
 */
const GATHER_MS = 20;

/** Reservations that this front door does not need, told to their peers a few at a time. */
export class Releases {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #waiting = new Map<PeerId, number[]>();
  #timer: Timer | undefined;

  constructor(network: Network, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  add(peer: PeerId, reservation: number): void {
    const waiting = this.#waiting.get(peer);
    if (waiting) waiting.push(reservation);
    else this.#waiting.set(peer, [reservation]);
    this.#timer ??= this.#clock.after(GATHER_MS, () => this.#flushAll());
  }

  /** Ends a claim at once, as somebody may wait for that. */
  endClaim(peer: PeerId, claimKey: string): void {
    this.#tell(peer, claimKey);
  }

  /** Tells a peer what waits for it; to be called right before it is sent something else. */
  flush(peer: PeerId): void {
    if (this.#waiting.has(peer)) this.#tell(peer, '');
  }

  #tell(peer: PeerId, claimKey: string): void {
    const reservations = this.#waiting.get(peer) ?? [];
    this.#waiting.delete(peer);
    const release = create(ReleaseSchema, { reservations, claimKey });
    this.#network.notify(peer, RELEASE_METHOD, toBinary(ReleaseSchema, release));
  }

  #flushAll(): void {
    this.#timer = undefined;
    for (const peer of [...this.#waiting.keys()]) this.flush(peer);
  }
}
