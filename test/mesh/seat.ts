import test from 'ava';
import type { PeerRecord } from '../../src/mesh/offer.ts';
import { Seat } from '../../src/mesh/seat.ts';

function recordOf(sequence: number, running = 0, loadStamp = sequence): PeerRecord {
  const offer = { load: { running, queued: 0 } } as PeerRecord['offer'];
  return { peer: 'peer-1', sequence, offer, addresses: [], loadStamp };
}

test('a member is the same until something changes', (t) => {
  const seat = new Seat(recordOf(1), 5);
  t.is(seat.member(true), undefined);
  const member = seat.newMember('alive', true);
  t.like(member, { peer: 'peer-1', state: 'alive', connected: true, since: 5 });
  t.is(seat.member(true), member);
  t.is(seat.member(false), undefined);
  seat.measured(10);
  t.is(seat.member(true), undefined);
  t.like(seat.newMember('alive', true), { rttMs: 10 });
  seat.comparedClocks(-3);
  t.like(seat.newMember('suspect', false), { state: 'suspect', clockOffsetMs: -3 });
  seat.comparedClocks(undefined);
  t.false('clockOffsetMs' in seat.newMember('alive', true));
});

test('only newer records and loads are taken, each by its own count', (t) => {
  const seat = new Seat(recordOf(2, 1), 0);
  t.false(seat.takeRecord(recordOf(2, 7)));
  t.false(seat.takeRecord(recordOf(1, 7)));
  t.false(seat.takeLoad({ running: 7, queued: 0 }, 2));
  t.true(seat.takeLoad({ running: 3, queued: 0 }, 9));
  t.false(seat.takeLoad({ running: 3, queued: 0 }, 10));
  t.true(seat.takeRecord(recordOf(3, 5, 8)));
  t.is(seat.record.sequence, 3);
  // What the record says of its load is older than what is known.
  t.deepEqual(seat.newMember('alive', true).offer.load, { running: 3, queued: 0 });
});

test('a round trip is a mean that follows slowly', (t) => {
  const seat = new Seat(recordOf(1), 0);
  seat.measured(10);
  seat.measured(20);
  t.is(seat.newMember('alive', true).rttMs, 12);
});
