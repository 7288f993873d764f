import test from 'ava';
import { BidKind, BidReplySchema } from '../../protocols/maps/maps_pb.js';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { configSchema } from '../../src/config.ts';
import type { Candidate, PlacementPolicy } from '../../src/core/placement.ts';
import { Circles } from '../../src/core/policies/circles.ts';
import { markOf, OpenProjects, peerMarkOf } from '../../src/core/policies/open-projects.ts';
import { Auction, type AuctionOutcome } from '../../src/maps/auction.ts';
import type { BidDesk } from '../../src/maps/bid-desk.ts';
import type { Drawing } from '../../src/maps/drawing.ts';
import { encodeMessage } from '../../src/platform/messages.ts';
import type { Network } from '../../src/platform/network.ts';

const { maps, placement } = configSchema.parse({});

const PROJECT = '0a0b0c0d'.repeat(8);
const drawing: Drawing = {
  projectHash: PROJECT,
  engine: { name: 'fake', version: '1', fonts: '' },
  task: {
    kind: 'legend',
    layer: 'land',
    style: 'default',
    encoding: 'png',
    transparent: true,
    width: 20,
    height: 20,
    dpi: 90,
  },
};

/** Asks one peer after the other, whatever they answer, and takes the lowest bid. */
const oneByOne: PlacementPolicy = {
  name: 'one by one',
  learn() {},
  observe() {},
  next(_, candidates, bids) {
    const unasked = candidates.find(({ peer }) => !bids.some((bid) => bid.peer === peer));
    if (unasked) return { kind: 'ask', peers: [unasked.peer] };
    const [best] = [...bids].sort((a, b) => a.expectedMs - b.expectedMs);
    return { kind: 'place', peer: best!.peer, others: [], reason: 'lowest' };
  },
};

interface Peer {
  readonly peer: string;
  readonly connected: boolean;
  /** When its bid is here. */
  readonly afterMs: number;
  readonly expectedMs: number;
  /** Peers that it names. */
  readonly others?: readonly string[];
}

async function hold(peers: readonly Peer[]): Promise<{ outcome: AuctionOutcome; open: OpenProjects }> {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  const open = new OpenProjects(placement.open);
  const of = (name: string) => peers.find(({ peer }) => peer === name)!;
  const network = {
    self: 'here',
    isConnected: (name: string) => of(name).connected,
    call: async (name: string) => {
      const { afterMs, expectedMs, others = [] } = of(name);
      await new Promise<void>((resolve) => clock.after(afterMs, resolve));
      return encodeMessage(BidReplySchema, {
        kind: BidKind.DRAW,
        expectedMs,
        open: [markOf(PROJECT)],
        others: others.map(peerMarkOf),
      });
    },
  } as unknown as Network;
  const auction = new Auction({
    network,
    reach: { ensureConnected: async () => {}, reportFailure() {} },
    clock,
    desk: { open: [] } as unknown as BidDesk,
    policy: oneByOne,
    circles: new Circles(placement.circles),
    open,
    options: maps,
  });
  const candidates = peers.map(
    ({ peer, connected }): Candidate => ({
      peer,
      self: false,
      slots: 1,
      gossipedLoad: 0,
      inFlight: 0,
      failing: false,
      rttMs: 1,
      connected,
    }),
  );
  const request = { affinity: 'a', group: PROJECT, warmMs: 50, nowMs: 0 };
  const held = auction.hold({
    drawing,
    request,
    candidates,
    home: undefined,
    signal: new AbortController().signal,
  });
  return { outcome: await time.settle(held, 1_000), open };
}

const LATE_MS = 2 * maps.bidTimeoutMs;

test('where connected peers are slow to answer no others are asked: the machines are busy', async (t) => {
  const { outcome } = await hold([
    { peer: 'slow', connected: true, afterMs: LATE_MS, expectedMs: 500 },
    { peer: 'quick', connected: true, afterMs: 1, expectedMs: 50 },
  ]);
  t.is(outcome.kind === 'place' && outcome.peer, 'slow');
});

test('that connecting took long says nothing of how busy the machines are', async (t) => {
  const { outcome } = await hold([
    { peer: 'far', connected: false, afterMs: LATE_MS, expectedMs: 500 },
    { peer: 'quick', connected: true, afterMs: 1, expectedMs: 50 },
  ]);
  t.is(outcome.kind === 'place' && outcome.peer, 'quick');
});

test('learns from every bid who else has the project open', async (t) => {
  const { open } = await hold([
    { peer: 'a', connected: true, afterMs: 1, expectedMs: 50, others: ['c', 'd'] },
    { peer: 'b', connected: true, afterMs: 1, expectedMs: 60 },
  ]);
  t.deepEqual(open.among(['a', 'b', 'c', 'd', 'e'], PROJECT), ['a', 'b', 'c', 'd']);
});
