import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import * as pb from '../../protocols/membership/membership_pb.js';
import { GismeshError } from '../../src/core/errors.ts';
import {
  claimFromWire,
  claimsFromWire,
  claimToWire,
  MEMBERSHIP_LIMITS,
  recordFromWire,
  recordsFromWire,
  recordToWire,
} from '../../src/mesh/membership-wire.ts';
import type { Claim, PeerRecord } from '../../src/mesh/offer.ts';
import { decodeMessage } from '../../src/platform/messages.ts';

const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme-ascii', maxLength }).filter((value) => !/\p{Cc}/u.test(value));
const short = text(40);
const record: fc.Arbitrary<PeerRecord> = fc.record({
  peer: short,
  sequence: fc.maxSafeNat(),
  loadStamp: fc.maxSafeNat(),
  addresses: fc.array(short, { maxLength: MEMBERSHIP_LIMITS.addresses }),
  offer: fc.record({
    name: text(MEMBERSHIP_LIMITS.name),
    version: short,
    protocols: fc.array(fc.record({ name: short, version: fc.nat() }), { maxLength: 5 }),
    engines: fc.array(fc.record({ name: short, version: short, fonts: short }), { maxLength: 5 }),
    projects: fc.array(
      fc.record({
        id: short,
        hash: fc
          .uint8Array({ minLength: 32, maxLength: 32 })
          .map((bytes) => Buffer.from(bytes).toString('hex')),
      }),
      { maxLength: 5 },
    ),
    cores: fc.nat(),
    slots: fc.nat(),
    load: fc.record({ running: fc.nat(), queued: fc.nat() }),
    ownerState: fc.constantFrom('away', 'active', 'battery'),
  }),
});
/** One that drains says so; of the others nothing is sent. */
const drainingRecord = record.map((one) => ({ ...one, offer: { ...one.offer, draining: true } }));
const claim: fc.Arbitrary<Claim> = fc.record({
  peer: short,
  sequence: fc.maxSafeNat(),
  standing: fc.constantFrom('alive', 'suspect', 'left', 'dead'),
});

test('a record comes through the wire as it was', (t) => {
  fc.assert(
    fc.property(fc.oneof(record, drainingRecord), (original) => {
      t.deepEqual(recordFromWire(recordToWire(original)), original);
    }),
  );
});

test('equal bytes are one record, and others are others', (t) => {
  fc.assert(
    fc.property(record, fc.nat(5), (original, more) => {
      const changed = { ...original, sequence: (original.sequence + more) % 2 ** 53 };
      const first = recordFromWire(recordToWire(original).slice());
      const second = recordFromWire(recordToWire(changed).slice());
      t.deepEqual(first, original);
      t.deepEqual(second, changed);
      t.is(first === second, more === 0);
    }),
  );
});

test('the bytes of a record may be part of a message that is overwritten', (t) => {
  const bytes = recordToWire(valid).slice();
  const received = recordFromWire(bytes);
  bytes.fill(0);
  t.deepEqual(recordFromWire(recordToWire(received)), valid);
});

test('a claim comes through the wire as it was', (t) => {
  fc.assert(
    fc.property(claim, (original) => {
      t.deepEqual(claimFromWire(claimToWire(original)), original);
    }),
  );
});

test('any bytes are a message within the limits or malformed, never anything else', (t) => {
  const schemas = [pb.HelloReplySchema, pb.PingSchema, pb.SyncRequestSchema, pb.NewsSchema] as const;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...schemas), (payload, schema) => {
      try {
        const message = decodeMessage(schema, payload);
        if ('claims' in message) claimsFromWire(message.claims);
        if ('records' in message) recordsFromWire(message.records);
        if ('self' in message) recordFromWire(message.self);
      } catch (error) {
        t.true(error instanceof GismeshError && error.code === 'MESSAGE_MALFORMED', String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

const valid: PeerRecord = {
  peer: 'a',
  sequence: 1,
  loadStamp: 1,
  addresses: [],
  offer: {
    name: 'host',
    version: '1',
    protocols: [],
    engines: [],
    projects: [],
    cores: 1,
    slots: 1,
    load: { running: 0, queued: 0 },
    ownerState: 'away',
  },
};

/** The wire form of a record, changed by hand. */
function wireWith(change: (wire: pb.Record) => void): Uint8Array {
  const wire = fromBinary(pb.RecordSchema, recordToWire(valid));
  change(wire);
  return toBinary(pb.RecordSchema, wire);
}

const tooMuch: Array<[string, (wire: pb.Record) => void]> = [
  ['no offer', (wire) => delete wire.offer],
  ['a long peer id', (wire) => Object.assign(wire, { peer: 'x'.repeat(129) })],
  ['a long name', (wire) => Object.assign(wire.offer!, { name: 'x'.repeat(65) })],
  ['a name that moves the cursor', (wire) => Object.assign(wire.offer!, { name: '\u001b[2Jhello' })],
  ['a line break in a name', (wire) => Object.assign(wire.offer!, { name: 'a\nb' })],
  ['an unsafe sequence', (wire) => Object.assign(wire, { sequence: 2n ** 53n })],
  [
    'too many addresses',
    (wire) => Object.assign(wire.offer!, { addresses: new Array(17).fill('/ip4/1.2.3.4') }),
  ],
  [
    'a short hash',
    (wire) => wire.offer!.projects.push(create(pb.ProjectSchema, { id: 'x', hash: new Uint8Array(31) })),
  ],
  [
    'too many projects',
    (wire) =>
      Object.assign(wire.offer!, {
        projects: new Array(513).fill(create(pb.ProjectSchema, { id: 'x', hash: new Uint8Array(32) })),
      }),
  ],
  [
    'too many unknown bytes',
    (wire) => Object.assign(wire, { $unknown: [{ no: 99, wireType: 2, data: new Uint8Array(4097) }] }),
  ],
];

for (const [what, change] of tooMuch) {
  test(`a record with ${what} is refused, and left out where it was passed on`, (t) => {
    t.throws(() => recordFromWire(wireWith(change)), { code: 'MESSAGE_MALFORMED' });
    t.deepEqual(recordsFromWire([wireWith(change), recordToWire(valid)]), [valid]);
  });
}

test('too long lists are refused as a whole', (t) => {
  t.throws(() => recordsFromWire(new Array(2049).fill(recordToWire(valid))), { code: 'MESSAGE_MALFORMED' });
  const some = claimToWire({ peer: 'a', sequence: 1, standing: 'dead' });
  t.throws(() => claimsFromWire(new Array(2049).fill(some)), { code: 'MESSAGE_MALFORMED' });
});

test('a standing or owner state of a newer version harms nobody', (t) => {
  const newer = create(pb.ClaimSchema, { peer: 'a', sequence: 1n, standing: 9 as pb.Standing });
  const known = create(pb.ClaimSchema, { peer: 'b', sequence: 1n, standing: pb.Standing.DEAD });
  t.deepEqual(claimsFromWire([newer, known]), [{ peer: 'b', sequence: 1, standing: 'dead' }]);
  const wire = wireWith((each) => Object.assign(each.offer!, { ownerState: 9 }));
  t.is(recordFromWire(wire).offer.ownerState, 'active');
});

test('fields of a newer version are passed on', (t) => {
  const wire = wireWith((each) =>
    Object.assign(each.offer!, { $unknown: [{ no: 99, wireType: 2, data: Uint8Array.of(2, 104, 105) }] }),
  );
  t.deepEqual(recordToWire(recordFromWire(wire)), wire);
});
