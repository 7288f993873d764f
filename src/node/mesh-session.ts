import type { Config } from '../config.ts';
import { FailureWindow } from '../core/failure-window.ts';
import { HedgeBudget } from '../core/hedge.ts';
import type { OwnerAllowance } from '../core/owner-policy.ts';
import type { Candidate, PlacementPolicy } from '../core/placement.ts';
import { Circles } from '../core/policies/circles.ts';
import { createPolicy } from '../core/policies/index.ts';
import { OpenProjects } from '../core/policies/open-projects.ts';
import type { Engine } from '../engines/engine.ts';
import { Auction } from '../maps/auction.ts';
import { BidDesk } from '../maps/bid-desk.ts';
import type { PackCache } from '../maps/cache.ts';
import { Drawer } from '../maps/drawer.ts';
import type { Drawing } from '../maps/drawing.ts';
import { Forwarder } from '../maps/forwarder.ts';
import { LocalDrawings } from '../maps/local-drawings.ts';
import { MapServer } from '../maps/map-server.ts';
import { MeshMapService, type OnAnswer } from '../maps/mesh-map-service.ts';
import { MeshProjects } from '../maps/mesh-projects.ts';
import { Placer } from '../maps/placer.ts';
import { RemoteProjects } from '../maps/remote-projects.ts';
import { RequestFlights } from '../maps/request-flights.ts';
import type { Membership } from '../mesh/membership.ts';
import type { Member } from '../mesh/offer.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { Catalogue } from '../projects/project.ts';

export interface SessionParts {
  readonly config: Config;
  readonly network: Network;
  readonly membership: Membership;
  readonly engines: ReadonlyMap<string, Engine>;
  readonly catalogue: Catalogue;
  readonly cache: PackCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onAnswer: OnAnswer;
  /** Whether somebody is at this machine; without it nobody ever is. */
  readonly owner?: OwnerAllowance;
  /** In place of the configured one: a policy that only experiments know. */
  readonly policy?: PlacementPolicy;
}

/** What a session has under way at a moment. */
export interface Occupancy {
  /** Drawings that this front door is having made for its clients. */
  readonly requests: number;
  /** Attempts of these at peers, this one included. */
  readonly attempts: number;
  /** Drawings under way or waiting in this peer's engines. */
  readonly drawings: number;
  /** Draw streams of other peers. */
  readonly serving: number;
  /** Slots held for those who were made a bid. */
  readonly reservations: number;
  /** Front doors that have a drawing to themselves, one per drawing whose home this peer is. */
  readonly claimants: readonly PeerId[];
}

/** A peer's life in one mesh: everything about maps that knows the other peers. Joining another mesh makes a new one. */
export class MeshSession {
  readonly network: Network;
  readonly membership: Membership;
  readonly maps: MeshMapService;
  readonly drawer: Drawer;
  readonly requests: RequestFlights;
  readonly #desk: BidDesk;
  readonly #projects: MeshProjects;
  readonly #forwarder: Forwarder;
  readonly #server: MapServer;

  constructor(parts: SessionParts) {
    const { config, network, membership, engines, catalogue, cache, clock, random, log } = parts;
    const { maps: options, placement } = config;
    const self = { peer: network.self, name: membership.self.offer.name };
    const streams = { maxRequestBytes: options.maxRequestBytes, maxPackBytes: options.maxPackBytes };
    this.network = network;
    this.membership = membership;
    this.drawer = new Drawer({
      engines,
      catalogue,
      clock,
      self,
      options: { ...options, costs: placement.costModel },
    });
    const circles = new Circles(placement.circles);
    const open = new OpenProjects(placement.open);
    const local = new LocalDrawings({ drawer: this.drawer, cache, circles, clock }, options);
    this.#desk = new BidDesk({
      drawer: this.drawer,
      cache,
      drawings: local.flights,
      clock,
      circles,
      open,
      self: network.self,
      owner: parts.owner,
      options: { ...options, bids: placement.bidder, reservations: placement.reservations },
    });
    const policy =
      parts.policy ?? createPolicy(placement.policy, () => random.next(), placement, circles, open);
    const failures = new FailureWindow(placement.failures);
    const reach = membership;
    const auction = new Auction({ network, reach, clock, desk: this.#desk, policy, circles, open, options });
    this.#forwarder = new Forwarder({
      network,
      reach,
      clock,
      local,
      policy,
      failures,
      streams: { ...streams, ...options.drawStreams },
    });
    membership.on('change', ({ peer, state }) => {
      if (state === 'dead' || state === 'left') this.#forwarder.lost(peer);
    });
    const placer = new Placer({
      self: self.peer,
      clock,
      auction,
      forwarder: this.#forwarder,
      hedges: new HedgeBudget(placement.hedge),
      candidates: (drawing) => this.#candidates(drawing),
      options: { ...options, costs: placement.costModel },
    });
    this.requests = new RequestFlights(cache, placer, clock, options);
    const identities = new Map([...engines].map(([name, engine]) => [name, engine.identity]));
    const remote = new RemoteProjects({ network, reach, clock, limits: options, log });
    this.#projects = new MeshProjects({
      catalogue,
      engines: identities,
      membership,
      remote,
      clock,
      arrivalMs: options.arrivalMs,
      // The first holder may not answer, and there is a pause before it is tried anew.
      describeMs: 2 * options.describeTimeoutMs,
    });
    this.#server = new MapServer({
      network,
      clock,
      desk: this.#desk,
      local,
      requests: this.requests,
      catalogue,
      limits: { maxPixels: options.maxPixels, serveTimeoutMs: options.requestTimeoutMs, streams },
      log,
    });
    this.maps = new MeshMapService({
      projects: this.#projects,
      cache,
      requests: this.requests,
      planner: options,
      onAnswer: parts.onAnswer,
    });
  }

  /** This peer's own projects have changed. */
  projectsChanged(): void {
    this.#projects.refresh();
  }

  /** The peer has left this mesh. */
  close(): void {
    this.#projects.close();
    this.#forwarder.close();
  }

  /** Takes no more drawings; those under way are finished. */
  drain(): void {
    this.#desk.draining = true;
  }

  /** Takes drawings again. */
  resume(): void {
    this.#desk.draining = false;
  }

  /** Drawings under way at this machine, and those on their way to other peers. */
  get drawing(): number {
    return this.drawer.tasks + this.#server.serving;
  }

  /** Somebody waits: for a drawing under way here, of a client or of another peer, or for news of a project. */
  get busy(): boolean {
    return this.requests.size + this.drawing + this.#projects.awaiting > 0;
  }

  get occupancy(): Occupancy {
    return {
      requests: this.requests.size,
      attempts: this.#forwarder.inFlight,
      drawings: this.drawer.tasks,
      serving: this.#server.serving,
      reservations: this.#desk.reserved,
      claimants: this.#desk.claimants,
    };
  }

  /** Who could draw it: this peer, if it can, and every living holder of the exact bundle. */
  #candidates(drawing: Drawing): Candidate[] {
    const holders = this.#projects.holders(drawing);
    // On battery they draw nothing for others, but may have the answer already.
    const plugged = holders.filter(({ offer }) => offer.ownerState !== 'battery');
    const others = (plugged.length > 0 ? plugged : holders).map((member) => this.#candidate(member));
    return this.drawer.holds(drawing) ? [this.#candidate(this.membership.self), ...others] : others;
  }

  #candidate({ peer, self, state, offer, rttMs }: Member): Candidate {
    return {
      peer,
      self,
      slots: offer.slots,
      gossipedLoad: (offer.load.running + offer.load.queued) / Math.max(1, offer.slots),
      inFlight: this.#forwarder.inFlightAt(peer),
      failing: state === 'suspect' || this.#forwarder.isFailing(peer),
      rttMs: rttMs ?? 0,
      connected: self || this.network.isConnected(peer),
    };
  }
}
