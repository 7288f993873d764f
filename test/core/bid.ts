import test from 'ava';
import fc from 'fast-check';
import {
  type BidderState,
  type BidRequest,
  composeBid,
  Reservations,
  waitForSlotMs,
} from '../../src/core/bid.ts';

const options = { maxQueuedPerSlot: 4 };

const idle: BidderState = {
  slots: 2,
  runningMs: [],
  queuedMs: [],
  reservedMs: [],
  speed: 1,
  ownerNeedsMachine: false,
  draining: false,
};

const request: BidRequest = { serviceMs: 100, coldMs: 0, holdsBundle: true, cached: false };

const times = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { maxLength: 20 });

test('an idle peer bids its service time, at its present speed, and the opening of a cold project', (t) => {
  t.is(composeBid(idle, request, options).expectedMs, 100);
  t.is(composeBid({ ...idle, speed: 0.5 }, request, options).expectedMs, 200);
  t.is(composeBid(idle, { ...request, coldMs: 300 }, options).expectedMs, 400);
});

test('a busy peer adds the wait for the slot that is free first', (t) => {
  const state = { ...idle, runningMs: [80, 30], queuedMs: [100], reservedMs: [20] };
  // The queued task starts at 30 and ends at 130, the reserved one runs from 80 to 100, then this one.
  t.deepEqual(composeBid(state, request, options), { kind: 'draw', expectedMs: 200, inFlight: 4 });
});

test('a peer that need not have the project open bids when it has, or has nothing else to do', (t) => {
  const busy = { ...idle, runningMs: [10, 10] };
  t.is(composeBid(busy, { ...request, outsider: true }, options).expectedMs, 110);
  t.is(composeBid(idle, { ...request, outsider: true, coldMs: 300 }, options).expectedMs, 400);
});

for (const [reason, state, asked] of [
  ['no bundle', idle, { ...request, holdsBundle: false }],
  ['draining', { ...idle, draining: true }, request],
  ['owner', { ...idle, ownerNeedsMachine: true }, request],
  ['not open', { ...idle, runningMs: [1, 1] }, { ...request, outsider: true, coldMs: 300 }],
  ['no worker', { ...idle, slots: 0 }, request],
  ['queue full', { ...idle, full: true }, request],
  ['queue full', { ...idle, queuedMs: [1, 1, 1, 1, 1], reservedMs: [1, 1, 1] }, request],
] as const) {
  const how = 'full' in state ? ', it would refuse' : '';
  test(`declines: ${reason}${how}`, (t) => {
    const offer = composeBid(state, asked, options);
    t.is(offer.expectedMs, Infinity);
    t.is(offer.declined, reason);
  });

  test(`offers what it has or is about to have in spite of: ${reason}${how}`, (t) => {
    t.is(composeBid(state, { ...asked, cached: true }, options).expectedMs, 0);
    t.is(composeBid(state, { ...asked, cached: true }, options).kind, 'cached');
    t.is(composeBid(state, { ...asked, drawingMs: 40 }, options).expectedMs, 40);
    t.is(composeBid(state, { ...asked, drawingMs: -5 }, options).expectedMs, 0);
    t.is(composeBid(state, { ...asked, drawingMs: 40 }, options).kind, 'drawing');
  });
}

test('the wait is the least a first-come first-served queue allows', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), times, times, (slots, running, waiting) => {
      const wait = waitForSlotMs(slots, running, waiting);
      const all = [...running, ...waiting];
      const total = all.reduce((sum, ms) => sum + ms, 0);
      const longest = Math.max(0, ...all);
      // Graham: the first slot is free no later than the mean, and no earlier than the mean less the longest.
      t.true(wait <= total / slots + 1e-6);
      t.true(wait >= total / slots - longest - 1e-6);
      if (all.length < slots) t.is(wait, 0);
    }),
  );
});

test('more work waiting never shortens the wait', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), times, times, (slots, waiting, more) => {
      t.true(waitForSlotMs(slots, [], [...waiting, ...more]) >= waitForSlotMs(slots, [], waiting));
    }),
  );
});

test('without a slot there is no end of waiting', (t) => {
  t.is(waitForSlotMs(0, [], []), Infinity);
});

test('a reservation counts until it is confirmed, released or out of time', (t) => {
  const held = new Reservations({ holdMs: 50, maxReservations: 10 });
  t.true(held.reserve('a', 10, 0));
  t.true(held.reserve('b', 20, 10));
  t.true(held.reserve('c', 30, 20));
  t.deepEqual(held.estimates(30), [10, 20, 30]);
  t.true(held.confirm('b', 30));
  t.false(held.confirm('b', 30));
  held.release('c');
  t.deepEqual(held.estimates(49), [10]);
  t.is(held.size(49), 1);
  t.is(held.size(50), 0);
  t.deepEqual(held.estimates(50), []);
  t.false(held.confirm('a', 51));
});

test('reserving again for the same request holds one place, anew', (t) => {
  const held = new Reservations({ holdMs: 50, maxReservations: 10 });
  held.reserve('a', 10, 0);
  held.reserve('b', 10, 1);
  held.reserve('a', 15, 40);
  t.deepEqual(held.estimates(60), [15]);
});

test('an asker who never comes back cannot hold more than the bound, nor for longer than agreed', (t) => {
  const held = new Reservations({ holdMs: 50, maxReservations: 3 });
  const results = [1, 2, 3, 4, 5].map((i) => held.reserve(`${i}`, 10, i));
  t.deepEqual(results, [true, true, true, false, false]);
  t.is(held.estimates(6).length, 3);
  t.true(held.reserve('later', 10, 100));
  t.is(held.estimates(100).length, 1);
});
