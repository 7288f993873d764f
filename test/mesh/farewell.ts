import test from 'ava';
import * as pb from '../../protocols/membership/membership_pb.js';
import { Farewell } from '../../src/mesh/farewell.ts';
import type { Claim } from '../../src/mesh/offer.ts';
import type { Roster } from '../../src/mesh/roster.ts';
import { silentLog } from '../../src/platform/log.ts';
import { encodeMessage } from '../../src/platform/messages.ts';
import type { CallHandler, Network, PeerId } from '../../src/platform/network.ts';

/** Peers that are all connected to each other and talk at once. */
class Room {
  readonly deaf = new Set<PeerId>();
  readonly closed: [by: PeerId, other: PeerId][] = [];
  readonly claims: [claim: Claim, source: PeerId][] = [];
  readonly #peers = new Map<PeerId, Map<string, CallHandler>>();

  /** A peer whose own record has this sequence. */
  enter(self: PeerId, sequence = 1): Farewell {
    const handlers = new Map<string, CallHandler>();
    this.#peers.set(self, handlers);
    const network = {
      onCall: (method: string, handler: CallHandler) => handlers.set(method, handler),
      connected: () => [...this.#peers.keys()].filter((peer) => peer !== self),
      call: (peer: PeerId, method: string, payload: Uint8Array) => this.say(self, peer, method, payload),
      disconnect: async (peer: PeerId) => {
        this.closed.push([self, peer]);
      },
    } as unknown as Network;
    const roster = {
      own: { sequence },
      takeClaim: (claim: Claim, source: PeerId) => this.claims.push([claim, source]),
    } as unknown as Roster;
    const farewell = new Farewell({ network, roster, log: silentLog, timeoutMs: 100 });
    farewell.listen();
    return farewell;
  }

  async say(from: PeerId, to: PeerId, method: string, payload: Uint8Array): Promise<Uint8Array> {
    const handler = this.#peers.get(to)?.get(method);
    if (this.deaf.has(to) || !handler) throw new Error('nobody answers');
    return await handler(payload, { peer: from, signal: new AbortController().signal });
  }
}

test('who leaves the mesh tells every neighbour, though one of them does not answer', async (t) => {
  const room = new Room();
  const leaving = room.enter('a', 7);
  for (const peer of ['b', 'c', 'd']) room.enter(peer);
  room.deaf.add('b');
  await leaving.leave();
  const claim = { peer: 'a', sequence: 7, standing: 'left' };
  t.deepEqual(room.claims, [
    [claim, 'a'],
    [claim, 'a'],
  ]);
});

test('a peer speaks for itself alone, and in whole numbers', async (t) => {
  const room = new Room();
  room.enter('a');
  const leave = (sequence: bigint) =>
    room.say('stranger', 'a', 'membership.leave', encodeMessage(pb.LeaveSchema, { sequence }));
  await leave(3n);
  t.deepEqual(room.claims, [[{ peer: 'stranger', sequence: 3, standing: 'left' }, 'stranger']]);
  await t.throwsAsync(leave(2n ** 60n), { code: 'MESSAGE_MALFORMED' });
  t.is(room.claims.length, 1);
});

test('the end of a connection that was told of is expected once, on both sides', async (t) => {
  const room = new Room();
  const [one, other] = [room.enter('a'), room.enter('b')];
  await one.part('b');
  t.deepEqual(room.closed, [['a', 'b']]);
  t.true(one.disconnected('b'));
  t.true(other.disconnected('a'));
  t.false(one.disconnected('b'));
  t.false(other.disconnected('a'));
});

test('who cannot be told is parted from all the same', async (t) => {
  const room = new Room();
  const [one, other] = [room.enter('a'), room.enter('b')];
  room.deaf.add('b');
  await one.part('b');
  t.deepEqual(room.closed, [['a', 'b']]);
  t.true(one.disconnected('b'));
  t.false(other.disconnected('a'), 'to the other one it looks like a failure');
});

test('with a new connection what was said of the old one is forgotten', async (t) => {
  const room = new Room();
  const [one, other] = [room.enter('a'), room.enter('b')];
  await one.part('b');
  one.connected('b');
  other.connected('a');
  t.false(one.disconnected('b'));
  t.false(other.disconnected('a'));
});
