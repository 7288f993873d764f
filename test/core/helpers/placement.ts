import fc from 'fast-check';
import type {
  Bid,
  Candidate,
  PlacementPolicy,
  PlacementRequest,
  PlacementStep,
} from '../../../src/core/placement.ts';

export const request: PlacementRequest = { affinity: 'world/5/3/2', group: 'world', warmMs: 50, nowMs: 0 };

export function candidate(peer: string, details: Partial<Candidate> = {}): Candidate {
  return {
    peer,
    self: false,
    slots: 2,
    gossipedLoad: 0,
    inFlight: 0,
    failing: false,
    rttMs: 1,
    connected: true,
    ...details,
  };
}

/** `count` healthy peers `p0`, `p1`, ... of which `p0` is this one. */
export function mesh(count: number): Candidate[] {
  return Array.from({ length: count }, (_, i) =>
    candidate(`p${i}`, { self: i === 0, rttMs: i === 0 ? 0 : 1 }),
  );
}

export function bid(peer: string, expectedMs: number, details: Partial<Bid> = {}): Bid {
  return { peer, expectedMs, kind: 'draw', inFlight: 0, ...details };
}

export const declined = (peer: string): Bid => bid(peer, Infinity);

export interface Auction {
  readonly step: Exclude<PlacementStep, { kind: 'ask' }>;
  /** Who was asked, ask by ask. */
  readonly asks: readonly (readonly string[])[];
}

/** Drives a policy to its decision; throws when it asks for more than `maxAsks` times. */
export function hold(
  policy: PlacementPolicy,
  candidates: readonly Candidate[],
  bidOf: (peer: string) => Bid,
  asked: PlacementRequest = request,
  maxAsks = 50,
): Auction {
  const asks: (readonly string[])[] = [];
  const bids: Bid[] = [];
  for (let i = 0; i <= maxAsks; i += 1) {
    const step = policy.next(asked, candidates, bids);
    if (step.kind !== 'ask') return { step, asks };
    asks.push(step.peers);
    bids.push(...step.peers.map(bidOf));
  }
  throw new Error(`${policy.name} asked ${maxAsks} times without a decision`);
}

/** The peer chosen; fails the test when nobody is. */
export function chosen({ step }: Auction): string {
  if (step.kind !== 'place') throw new Error(`refused: ${step.reason}`);
  return step.peer;
}

/** Repeatable uniform numbers in [0, 1). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Any mesh: up to 40 peers, at most one of them this one, some failing. */
export const anyMesh: fc.Arbitrary<Candidate[]> = fc
  .uniqueArray(
    fc.record({
      peer: fc.string({ minLength: 1, maxLength: 6 }),
      slots: fc.integer({ min: 0, max: 8 }),
      gossipedLoad: fc.double({ min: 0, max: 10, noNaN: true }),
      inFlight: fc.nat(20),
      failing: fc.boolean(),
      rttMs: fc.double({ min: 0, max: 100, noNaN: true }),
      connected: fc.boolean(),
    }),
    { maxLength: 40, selector: (entry) => entry.peer },
  )
  .map((peers) => peers.map((peer, i) => ({ ...peer, self: i === 0 })));

/** Any answers of any peers, the same each time one is asked. */
export const anyBids: fc.Arbitrary<(peer: string) => Bid> = fc
  .func(
    fc.record({
      expectedMs: fc.oneof(fc.double({ min: 0, max: 5000, noNaN: true }), fc.constant(Infinity)),
      kind: fc.constantFrom('draw', 'cached', 'drawing'),
      inFlight: fc.nat(50),
    }),
  )
  .map((answer) => (peer) => ({ peer, ...answer(peer) }));
