import { fromBinary, toBinary } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import { PingReplySchema, PingSchema } from '../../protocols/membership/membership_pb.js';
import type { Claim } from '../../src/mesh/offer.ts';
import { PingCodec } from '../../src/mesh/ping-codec.ts';
import { offerNamed } from './helpers/classroom.ts';

const claim: fc.Arbitrary<Claim> = fc.record({
  peer: fc.constantFrom('a', 'b'),
  sequence: fc.nat(3),
  standing: fc.constantFrom('alive', 'suspect', 'left', 'dead'),
});

const ping = fc.record({
  to: fc.constantFrom('a', 'b'),
  sequence: fc.nat(3),
  loadStamp: fc.nat(2),
  digest: fc.nat(2),
  receiver: claim,
  claims: fc.array(claim, { maxLength: 2 }),
});

test('whatever was said before, a ping says what it is given', (t) => {
  fc.assert(
    fc.property(fc.array(ping, { maxLength: 30 }), (pings) => {
      const [near, far] = [new PingCodec(), new PingCodec()];
      const offer = offerNamed('host');
      for (const { to, sequence, loadStamp, digest, receiver, claims } of pings) {
        const own = { peer: 'self', sequence, offer, addresses: [], loadStamp };
        const view = new Uint8Array(64).fill(digest);
        const bytes = near.encode(to, own, view, receiver, claims);
        const said = { sequence, load: offer.load, loadStamp, digest: view, receiver, claims };
        t.deepEqual(far.decode(to, bytes.slice()), said);
        // Not another encoding than that of the whole.
        t.deepEqual(toBinary(PingSchema, fromBinary(PingSchema, bytes)), bytes);
      }
    }),
  );
});

test('what two peers tell each other again is neither encoded nor decoded again', (t) => {
  const codec = new PingCodec();
  const own = { peer: 'self', sequence: 1, offer: offerNamed('host'), addresses: [], loadStamp: 1 };
  const view = new Uint8Array(64);
  const say = (receiver: Claim) => codec.encode('a', own, view, receiver, []);
  const bytes = say({ peer: 'a', sequence: 1, standing: 'alive' });
  t.is(say({ peer: 'a', sequence: 1, standing: 'alive' }), bytes);
  t.not(say({ peer: 'a', sequence: 1, standing: 'suspect' }), bytes);
  t.is(codec.decode('a', bytes.slice()), codec.decode('a', bytes.slice()));
});

test('a ping and its reply are the same on the wire', (t) => {
  const own = { peer: 'self', sequence: 1, offer: offerNamed('host'), addresses: [], loadStamp: 1 };
  const receiver: Claim = { peer: 'a', sequence: 1, standing: 'alive' };
  const bytes = new PingCodec().encode('a', own, new Uint8Array(64), receiver, [receiver]);
  t.deepEqual(toBinary(PingReplySchema, fromBinary(PingReplySchema, bytes)), bytes);
  t.deepEqual(toBinary(PingSchema, fromBinary(PingSchema, bytes)), bytes);
});
