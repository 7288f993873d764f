import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import * as pb from '../../protocols/jobs/jobs_pb.js';
import { GismeshError } from '../../src/core/errors.ts';
import { JOB_LIMITS } from '../../src/core/jobs/job-status.ts';
import {
  entriesFromWire,
  fingerprintOf,
  idFromWire,
  readRecord,
  recordFromWire,
  recordsFromWire,
  recordToWire,
  WIRE_LIMITS,
  writing,
} from '../../src/jobs/wire.ts';
import { decodeMessage } from '../../src/platform/messages.ts';
import { acceptedJob, anyStatus, START_MS } from '../core/jobs/helpers/statuses.ts';

const EXPIRY = START_MS + 1000;
const valid = writing(acceptedJob('job'), EXPIRY);

test('a status comes through the wire as it was', (t) => {
  fc.assert(
    fc.property(anyStatus, (status) => {
      const written = writing(status, EXPIRY);
      t.deepEqual(written.status, status);
      const wire = fromBinary(pb.RecordSchema, toBinary(pb.RecordSchema, recordToWire({ record: written })));
      t.deepEqual(recordFromWire(wire), { record: written });
    }),
  );
});

test('what is written is at once what the others will read of it', (t) => {
  const halves = { ...acceptedJob('job'), message: 'half \ud800 of a sign', user: '\udc00' };
  const written = writing(halves, EXPIRY);
  t.deepEqual(written, readRecord(written.body, EXPIRY));
  t.is(written.status.message, 'half \ufffd of a sign');
  const long = { ...acceptedJob('job'), message: 'x'.repeat(JOB_LIMITS.message + 1) };
  t.throws(() => writing(long, EXPIRY), { code: 'MESSAGE_MALFORMED' });
});

test('a request travels along', (t) => {
  const request = Uint8Array.of(1, 2, 3);
  t.deepEqual(recordFromWire(recordToWire({ record: valid, request })), { record: valid, request });
});

test('fields of a newer version are passed on, and count for the fingerprint', (t) => {
  // Field 99, two bytes.
  const newer = Buffer.concat([valid.body, Uint8Array.of(0x9a, 0x06, 0x02, 0x68, 0x69)]);
  const record = readRecord(newer, EXPIRY);
  t.deepEqual(record.status, valid.status);
  t.deepEqual(recordToWire({ record }).body, new Uint8Array(newer));
  t.not(record.fingerprint, valid.fingerprint);
  t.is(record.fingerprint, fingerprintOf(newer));
});

/** A body changed by hand. */
function bodyWith(change: (wire: pb.Status) => void): Uint8Array {
  const wire = fromBinary(pb.StatusSchema, valid.body);
  change(wire);
  return toBinary(pb.StatusSchema, wire);
}

const wrong: ReadonlyArray<readonly [string, (wire: pb.Status) => void]> = [
  ['no id', (wire) => Object.assign(wire, { id: '' })],
  ['an id that is a path', (wire) => Object.assign(wire, { id: '../../etc' })],
  ['a long id', (wire) => Object.assign(wire, { id: 'x'.repeat(JOB_LIMITS.id + 1) })],
  ['a process that moves the cursor', (wire) => Object.assign(wire, { process: '\u001b[2J' })],
  ['a long message', (wire) => Object.assign(wire, { message: 'x'.repeat(JOB_LIMITS.message + 1) })],
  ['no state', (wire) => Object.assign(wire, { state: 0 })],
  ['a state that goes on without an owner', (wire) => Object.assign(wire, { state: pb.State.RUNNING })],
  ['an owner without an epoch', (wire) => Object.assign(wire, { owner: 'b' })],
  ['an epoch without an owner', (wire) => Object.assign(wire, { epoch: 1 })],
  ['a second attempt that waits', (wire) => Object.assign(wire, { epoch: 2, owner: 'b' })],
  ['an epoch beyond reason', (wire) => Object.assign(wire, { epoch: 2 ** 31, owner: 'b', state: 2 })],
  ['more than all of it done', (wire) => Object.assign(wire, { progress: 101 })],
  ['a failure that did not fail', (wire) => Object.assign(wire, { failure: 'X' })],
  ['a failure without a code', (wire) => Object.assign(wire, { state: pb.State.FAILED })],
  ['a short digest', (wire) => Object.assign(wire, { requestDigest: new Uint8Array(31) })],
  ['an unsafe time', (wire) => Object.assign(wire, { submittedAt: 2n ** 53n })],
  ['no time of writing', (wire) => delete wire.updated],
  [
    'too many outputs',
    (wire) =>
      wire.outputs.push(...new Array(JOB_LIMITS.outputs + 1).fill(create(pb.OutputSchema, { name: 'x' }))),
  ],
  ['too many replicas', (wire) => wire.replicas.push(...new Array(JOB_LIMITS.replicas + 1).fill('x'))],
];

for (const [what, change] of wrong) {
  test(`a status with ${what} is refused`, (t) => {
    t.throws(() => readRecord(bodyWith(change), EXPIRY), { code: 'MESSAGE_MALFORMED' });
  });
}

test('a kind that only a newer version knows is left out, the rest counts', (t) => {
  const newer = create(pb.RecordSchema, {
    body: bodyWith((wire) => Object.assign(wire, { door: 77 })),
    expiresAt: BigInt(EXPIRY),
  });
  t.deepEqual(recordsFromWire([newer, recordToWire({ record: valid })]), [{ record: valid }]);
});

test('what is too much is refused as a whole', (t) => {
  const malformed = { code: 'MESSAGE_MALFORMED' };
  const large = create(pb.RecordSchema, { body: new Uint8Array(WIRE_LIMITS.body + 1) });
  t.throws(() => recordFromWire(large), malformed);
  t.throws(
    () => recordFromWire(recordToWire({ record: valid, request: new Uint8Array(WIRE_LIMITS.request + 1) })),
    malformed,
  );
  t.throws(() => recordsFromWire(new Array(WIRE_LIMITS.records + 1).fill(large)), malformed);
  const entry = create(pb.EntrySchema, { id: 'job' });
  t.throws(() => entriesFromWire(new Array(WIRE_LIMITS.entries + 1).fill(entry)), malformed);
  t.throws(() => entriesFromWire([create(pb.EntrySchema, { id: 'job', fingerprint: 2n ** 60n })]), malformed);
  t.throws(() => idFromWire('a b'), malformed);
});

test('arbitrary bytes are read or refused, nothing else', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        recordsFromWire(decodeMessage(pb.NewsSchema, bytes).records);
        readRecord(bytes, EXPIRY);
      } catch (error) {
        t.true(error instanceof GismeshError ? error.code === 'MESSAGE_MALFORMED' : false, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
