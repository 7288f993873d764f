import { CostModel } from '../../src/core/cost-model.ts';
import { HedgeBudget } from '../../src/core/hedge.ts';
import type { Bid, Candidate, PlacementPolicy, PlacementStep } from '../../src/core/placement.ts';
import { createPolicy } from '../../src/core/policies/index.ts';
import { exponential, quantile, seeded } from './distributions.ts';
import { EventHeap } from './event-heap.ts';
import { SimulatedPeer, type Work } from './peer.ts';
import type { Contender, Scenario } from './scenario.ts';

export interface Result {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Messages between machines per request; gossip is not counted. */
  readonly messages: number;
  /** Drawings that had to open their project first, per request. */
  readonly coldStarts: number;
  /** Second requests sent, per request. */
  readonly hedges: number;
  /** Requests answered within the counted time over those that arrived in it. */
  readonly throughput: number;
  /** Requests for which nobody made a bid, per request. They are not in the percentiles. */
  readonly refused: number;
}

const GOSSIP_INTERVAL_MS = 1000;

interface Door {
  readonly policy: PlacementPolicy;
  readonly candidates: ReadonlyMap<string, Candidate & { gossipedLoad: number; inFlight: number }>;
  /** What drawings took, wherever: their warm service time on the usual machine. */
  readonly costs: CostModel;
  readonly hedges: HedgeBudget;
}

interface Request {
  readonly id: string;
  readonly door: Door;
  readonly work: Work;
  readonly affinity: string;
  readonly warm: { readonly meanMs: number; readonly p95Ms: number };
  readonly arrivedAtMs: number;
  readonly counts: boolean;
}

type Placement = Extract<PlacementStep, { kind: 'place' }>;

/** Plays a scenario under one policy. With the same seed every policy meets the same arrivals and work. */
export function simulate(scenario: Scenario, contender: Contender, seed: number): Result {
  return new Simulation(scenario, contender, seed).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #contender: Contender;
  readonly #events = new EventHeap();
  readonly #peers: ReadonlyMap<string, SimulatedPeer>;
  readonly #doors: readonly Door[];
  readonly #arrivalRandom: () => number;
  readonly #doorRandom: () => number;
  readonly #affinityRandom: () => number;
  readonly #nextWork: () => Work;
  readonly #latencies: number[] = [];
  readonly #totals = { arrived: 0, counted: 0, inTime: 0, messages: 0, hedges: 0, refused: 0 };

  constructor(scenario: Scenario, contender: Contender, seed: number) {
    this.#scenario = scenario;
    this.#contender = contender;
    this.#arrivalRandom = seeded(seed);
    this.#nextWork = scenario.work(seeded(seed + 1_000));
    this.#affinityRandom = seeded(seed + 2_000);
    this.#doorRandom = seeded(seed + 3_000);
    const peers = scenario.peers.map((spec, i) => {
      return new SimulatedPeer(`peer-${i}`, spec, contender.config, this.#events);
    });
    this.#peers = new Map(peers.map((peer) => [peer.name, peer]));
    this.#doors = scenario.frontDoors.map((index) => this.#openDoor(index, seed * 10_000 + index));
  }

  run(): Result {
    let index = 0;
    for (const peer of this.#peers.values()) {
      this.#events.after((GOSSIP_INTERVAL_MS * index) / this.#peers.size, () => this.#gossip(peer));
      index += 1;
    }
    this.#events.after(0, () => this.#arrive());
    this.#events.run();
    return this.#result();
  }

  #openDoor(index: number, seed: number): Door {
    const { config, policy } = this.#contender;
    const candidates = [...this.#peers.values()].map((peer, i) => ({
      peer: peer.name,
      self: i === index,
      slots: peer.spec.slots,
      gossipedLoad: 0,
      inFlight: 0,
      failing: false,
      rttMs: i === index ? 0 : this.#scenario.rttMs,
    }));
    return {
      policy: createPolicy(policy, seeded(seed), config),
      candidates: new Map(candidates.map((candidate) => [candidate.peer, candidate])),
      costs: new CostModel(config.costModel),
      hedges: new HedgeBudget(config.hedge),
    };
  }

  #gossip(peer: SimulatedPeer): void {
    for (const door of this.#doors) door.candidates.get(peer.name)!.gossipedLoad = peer.load;
    if (this.#events.nowMs < this.#scenario.durationMs) {
      this.#events.after(GOSSIP_INTERVAL_MS, () => this.#gossip(peer));
    }
  }

  #arrive(): void {
    const { arrivals, arrivalsPerMs, durationMs, warmUpMs } = this.#scenario;
    const arrivedAtMs = this.#events.nowMs;
    if (arrivedAtMs >= durationMs) return;
    const gapMs =
      arrivals === 'even' ? 1 / arrivalsPerMs : exponential(1 / arrivalsPerMs, this.#arrivalRandom);
    this.#events.after(gapMs, () => this.#arrive());
    const door = this.#doors[Math.floor(this.#doorRandom() * this.#doors.length)]!;
    const work = this.#nextWork();
    const counts = arrivedAtMs >= warmUpMs;
    this.#totals.arrived += 1;
    if (counts) this.#totals.counted += 1;
    const affinity = this.#contender.affinity === 'none' ? `${this.#affinityRandom()}` : work.metatile;
    const warm = door.costs.estimate(work.features);
    this.#step({ id: `${this.#totals.arrived}`, door, work, affinity, warm, arrivedAtMs, counts }, []);
  }

  #step(request: Request, bids: readonly Bid[]): void {
    const { door, work, affinity, warm } = request;
    const group = this.#contender.affinity === 'project' ? { group: work.features.project } : {};
    const described = { affinity, ...group, warmMs: warm.meanMs, nowMs: this.#events.nowMs };
    const step = door.policy.next(described, [...door.candidates.values()], bids);
    if (step.kind === 'ask') {
      this.#ask(request, step.peers, true, (answers) => this.#step(request, [...bids, ...answers]));
    } else if (step.kind === 'place') {
      this.#place(request, step, bids);
    } else if (request.counts) {
      this.#totals.refused += 1;
    }
  }

  /** Asks all at once; `then` runs when the last has answered. */
  #ask(request: Request, names: readonly string[], reserve: boolean, then: (bids: Bid[]) => void): void {
    const bids: Bid[] = [];
    for (const name of names) {
      this.#send(request.door, name, () => {
        const { kind, expectedMs, inFlight } = this.#peers.get(name)!.bid(request.work, request.id, reserve);
        this.#send(request.door, name, () => {
          bids.push({ peer: name, kind, expectedMs, inFlight });
          if (bids.length === names.length) then(bids);
        });
      });
    }
  }

  #place(request: Request, step: Placement, bids: readonly Bid[]): void {
    const { door, id, warm } = request;
    for (const { peer } of bids) {
      if (peer !== step.peer) this.#send(door, peer, () => this.#peers.get(peer)!.release(id));
    }
    if (step.probe !== undefined) {
      this.#ask(request, step.probe, false, (answers) => door.policy.learn(answers, this.#events.nowMs));
    }
    const attempts = new Map<string, () => void>();
    let answered = false;
    const attempt = (peer: string) => {
      const cancel = this.#forward(request, peer, (drawnMs) => {
        if (answered) return;
        answered = true;
        attempts.delete(peer);
        for (const cancelLoser of attempts.values()) cancelLoser();
        this.#answered(request, peer, drawnMs);
      });
      attempts.set(peer, cancel);
    };
    attempt(step.peer);
    door.hedges.requested();
    const second = step.others[0];
    if (!this.#contender.hedged || second === undefined) return;
    const expectedMs = bids.find((bid) => bid.peer === step.peer)?.expectedMs ?? 0;
    const lateMs = Math.max(warm.p95Ms, expectedMs + warm.p95Ms - warm.meanMs);
    this.#events.after(door.hedges.delayMs(lateMs), () => {
      if (answered || !door.hedges.trySpend()) return;
      this.#totals.hedges += 1;
      attempt(second);
    });
  }

  #forward(request: Request, name: string, answered: (drawnMs: number) => void): () => void {
    const { door, work, id } = request;
    const candidate = door.candidates.get(name)!;
    candidate.inFlight += 1;
    let cancel = () => {};
    this.#send(door, name, () => {
      cancel = this.#peers.get(name)!.submit(work, id, (drawnMs) => {
        this.#send(door, name, () => {
          candidate.inFlight -= 1;
          answered(drawnMs);
        });
      });
    });
    return () => {
      candidate.inFlight -= 1;
      this.#send(door, name, () => cancel());
    };
  }

  #answered({ door, work, arrivedAtMs, counts }: Request, peer: string, drawnMs: number): void {
    const latencyMs = this.#events.nowMs - arrivedAtMs;
    door.costs.observe(work.features, drawnMs);
    door.policy.observe({ peer, latencyMs, failed: false });
    if (!counts) return;
    this.#latencies.push(latencyMs);
    if (this.#events.nowMs <= this.#scenario.durationMs) this.#totals.inTime += 1;
  }

  /** A message one way, in either direction; the front door's own peer is no way off. */
  #send(door: Door, name: string, arrive: () => void): void {
    const { self, rttMs } = door.candidates.get(name)!;
    if (self) {
      this.#events.after(0, arrive);
      return;
    }
    this.#totals.messages += 1;
    this.#events.after(rttMs / 2, arrive);
  }

  #result(): Result {
    const { arrived, counted, inTime, messages, hedges, refused } = this.#totals;
    const sorted = this.#latencies.sort((a, b) => a - b);
    let coldStarts = 0;
    for (const peer of this.#peers.values()) coldStarts += peer.coldStarts;
    return {
      p50Ms: quantile(sorted, 0.5),
      p95Ms: quantile(sorted, 0.95),
      p99Ms: quantile(sorted, 0.99),
      messages: messages / arrived,
      coldStarts: coldStarts / arrived,
      hedges: hedges / arrived,
      throughput: inTime / counted,
      refused: refused / counted,
    };
  }
}
