import test from 'ava';
import fc from 'fast-check';
import { PeerLooks } from '../../web/src/peer-look.ts';

test('a peer keeps its look, and the first looks the same in every browser', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 60 }), (peers) => {
      const looks = new PeerLooks();
      const first = peers.map((peer) => looks.of(peer));
      t.deepEqual(
        peers.map((peer) => looks.of(peer)),
        first,
      );
      t.deepEqual(new PeerLooks().of(peers[0]!), first[0]);
    }),
  );
});

test('seven peers have seven plain colours, twenty-one peers differ', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 21, maxLength: 21 }), (peers) => {
      const looks = new PeerLooks();
      const all = peers.map((peer) => looks.of(peer));
      t.is(new Set(all.map(({ colour, pattern }) => `${colour} ${pattern}`)).size, 21);
      const early = all.slice(0, 7);
      t.is(new Set(early.map(({ colour }) => colour)).size, 7);
      t.true(early.every(({ pattern }) => pattern === 'solid'));
    }),
  );
});
