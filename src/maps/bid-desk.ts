import {
  type BidOptions,
  composeBid,
  type Offer,
  type ReservationOptions,
  Reservations,
} from '../core/bid.ts';
import { nobodyThere, type OwnerAllowance } from '../core/owner-policy.ts';
import type { Circle, Circles } from '../core/policies/circles.ts';
import { markOf, type OpenProjects } from '../core/policies/open-projects.ts';
import type { Clock } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';
import type { PackCache } from './cache.ts';
import { Claims } from './claims.ts';
import type { Drawer } from './drawer.ts';
import { type Drawing, drawingKey } from './drawing.ts';
import type { Flights } from './flights.ts';

export interface BidDeskOptions {
  readonly bids: BidOptions;
  readonly reservations: ReservationOptions;
  readonly maxClaims: number;
  /** How long one front door may have a drawing to itself before the next one is let through, ms. */
  readonly claimMs: number;
}

export interface BidTerms {
  readonly claim: boolean;
  readonly asked: number;
  /** This peer should have the project open: it opens it when it has nothing else to do. */
  readonly holder: boolean;
  /** Others have it open: busy, this peer need not open it too. */
  readonly outsider: boolean;
  /** On how many peers the asker knows the project to be kept open. */
  readonly circle?: Circle | undefined;
  /** Marks of the projects that the asker has open. */
  readonly open?: readonly number[];
}

export interface DeskAnswer extends Offer {
  /** Goes with the bid; 0: nothing is held. */
  readonly reservation: number;
  /** The front door that has this drawing on its way already. */
  readonly claimedBy?: PeerId;
  /** On how many peers this one knows the project to be kept open. */
  readonly circle: Circle;
  /** Marks of the projects that it has open. */
  readonly open: readonly number[];
  /** Marks of other peers that have this project open. */
  readonly others: readonly number[];
}

/** Answers for this peer when it is asked for a bid, by itself or by another front door. */
export class BidDesk {
  readonly #drawer: Drawer;
  readonly #cache: PackCache;
  readonly #drawings: Flights;
  readonly #clock: Clock;
  readonly #self: PeerId;
  readonly #owner: OwnerAllowance;
  readonly #options: BidDeskOptions;
  readonly #circles: Circles;
  readonly #open: OpenProjects;
  readonly #reservations: Reservations;
  readonly #claims: Claims;
  #lastReservation = 0;
  /** What is open, with its marks: asked for with every bid, and the same for many of them. */
  #marked: { readonly projects: readonly string[]; readonly marks: readonly number[] } = {
    projects: [],
    marks: [],
  };
  /** Leaving: what it has is finished, nothing more is taken. */
  draining = false;

  constructor(parts: {
    drawer: Drawer;
    cache: PackCache;
    drawings: Flights;
    clock: Clock;
    circles: Circles;
    open: OpenProjects;
    /** What it asks itself is its owner's wish. */
    self: PeerId;
    owner?: OwnerAllowance | undefined;
    options: BidDeskOptions;
  }) {
    this.#drawer = parts.drawer;
    this.#cache = parts.cache;
    this.#drawings = parts.drawings;
    this.#clock = parts.clock;
    this.#self = parts.self;
    this.#owner = parts.owner ?? nobodyThere;
    this.#options = parts.options;
    this.#circles = parts.circles;
    this.#open = parts.open;
    this.#reservations = new Reservations(parts.options.reservations);
    this.#claims = new Claims(parts.options);
  }

  /**
   * A bid for `asker`, who asks `asked` peers in all; with `claim` also the answer of the drawing's home, which
   * lets only one front door through.
   */
  bid(drawing: Drawing, asker: PeerId, terms: BidTerms): DeskAnswer {
    const key = drawingKey(drawing);
    const now = this.#clock.now();
    const { claim, asked } = terms;
    // Who asks a mere question does not say.
    if (terms.open?.length) this.#open.hear(asker, terms.open, now);
    if (terms.circle) this.#circles.hear(drawing.projectHash, terms.circle, now);
    if (terms.holder && !this.draining) this.#drawer.open(drawing);
    const offer = {
      ...this.#offer(drawing, key, asker, terms.outsider, now),
      circle: this.#circles.of(drawing.projectHash),
      open: this.open,
      others: asker === this.#self ? [] : this.#open.named(drawing.projectHash, asker, now),
    };
    const claimedBy = claim && offer.kind !== 'cached' ? this.#claims.claim(key, asker, now) : undefined;
    if (claimedBy !== undefined) return { ...offer, reservation: 0, claimedBy };
    return { ...offer, reservation: this.#reserve(drawing, offer, asker, asked, now) };
  }

  /** Marks of the projects that this peer has open. */
  get open(): readonly number[] {
    const projects = this.#drawer.openProjects;
    if (projects !== this.#marked.projects) this.#marked = { projects, marks: projects.map(markOf) };
    return this.#marked.marks;
  }

  /** Places held for those it made a bid to. */
  get reserved(): number {
    return this.#reservations.size(this.#clock.now());
  }

  /** The front doors that have a drawing of which this peer is the home on its way; one per drawing. */
  get claimants(): PeerId[] {
    return [...this.#claims.holders(this.#clock.now())];
  }

  /** The request that a reservation was for has come. */
  confirm(asker: PeerId, reservation: number): void {
    this.#reservations.confirm(reservationId(asker, reservation), this.#clock.now());
  }

  release(asker: PeerId, reservation: number): void {
    this.#reservations.release(reservationId(asker, reservation));
  }

  endClaim(asker: PeerId, key: string): void {
    this.#claims.release(key, asker);
  }

  /** Forgets the claims of a peer that is gone. */
  forget(peer: PeerId): void {
    this.#claims.releaseAll(peer);
  }

  /** A slot that is offered to one of `asked` is taken by that part: else every auction would make all look busy. */
  #reserve(drawing: Drawing, offer: Offer, asker: PeerId, asked: number, now: number): number {
    if (offer.kind !== 'draw' || offer.expectedMs === Infinity) return 0;
    this.#lastReservation = (this.#lastReservation % 0xffffffff) + 1;
    const { meanMs } = this.#drawer.estimate(drawing);
    const id = reservationId(asker, this.#lastReservation);
    return this.#reservations.reserve(id, meanMs / Math.max(1, asked), now) ? this.#lastReservation : 0;
  }

  #offer(drawing: Drawing, key: string, asker: PeerId, outsider: boolean, now: number): Offer {
    const occupation = this.#drawer.occupation(drawing);
    const slots = asker === this.#self ? occupation.slots : this.#owner.slotsForOthers(occupation.slots);
    const drawingMs = this.#drawings.get(key) && this.#drawer.finishMs(drawing);
    return composeBid(
      {
        ...occupation,
        slots,
        reservedMs: this.#reservations.estimates(now),
        ownerNeedsMachine: slots === 0 && occupation.slots > 0,
        draining: this.draining,
        full: this.#drawings.isFull,
      },
      {
        ...this.#drawer.terms(drawing),
        outsider,
        cached: this.#cache.has(key),
        ...(drawingMs === undefined ? {} : { drawingMs }),
      },
      this.#options.bids,
    );
  }
}

/** The asker is part of the name, so that no peer can release another's. */
function reservationId(asker: PeerId, reservation: number): string {
  return `${asker}/${reservation}`;
}
