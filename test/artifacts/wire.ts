import { create } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import * as pb from '../../protocols/artifacts/artifacts_pb.js';
import { errorOf, recordFromWire, recordToWire, WIRE_LIMITS } from '../../src/artifacts/wire.ts';
import { decodeMessage } from '../../src/platform/messages.ts';

const id = `1220${'0a'.repeat(32)}`;
const sound = recordToWire({
  id,
  size: 5,
  owners: [{ owner: 'job', expiresAt: 7 }],
  copies: 2,
  holders: ['a'],
});

test('what breaks a bound is refused', (t) => {
  const broken: Array<Partial<pb.Record>> = [
    { id: new Uint8Array(33) },
    { id: new Uint8Array(34) },
    { size: 2n ** 60n },
    { owners: Array.from({ length: 65 }, () => sound.owners[0]!) },
    { owners: [create(pb.OwnerSchema, { name: '', expiresAt: 1n })] },
    { owners: [create(pb.OwnerSchema, { name: 'a\n', expiresAt: 1n })] },
    { owners: [create(pb.OwnerSchema, { name: 'a', expiresAt: 2n ** 63n })] },
    { holders: Array.from({ length: 17 }, (_, i) => `p${i}`) },
    { holders: ['x'.repeat(129)] },
    { copies: 17 },
  ];
  t.notThrows(() => recordFromWire(sound));
  t.throws(() => recordFromWire(undefined), { code: 'MESSAGE_MALFORMED' });
  for (const change of broken) {
    t.throws(() => recordFromWire({ ...sound, ...change }), { code: 'MESSAGE_MALFORMED' });
  }
});

test('whatever bytes come, it is a message or an error with a code', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeMessage(pb.CheckRequestSchema, bytes).records.map(recordFromWire);
        t.pass();
      } catch (error) {
        t.is((error as { code?: string }).code, 'MESSAGE_MALFORMED');
      }
    }),
  );
});

test('of very many owners those that live longest are told', (t) => {
  const owners = Array.from({ length: 200 }, (_, i) => ({ owner: `job-${i}`, expiresAt: 1000 + i }));
  const record = recordFromWire(recordToWire({ id, size: 1, owners, copies: 1, holders: [] }));
  t.is(record.owners.length, WIRE_LIMITS.owners);
  t.deepEqual(record.owners[0], { owner: 'job-199', expiresAt: 1199 });
});

test('errors of other peers have a known code and a bounded text', (t) => {
  const reply = (errorCode: string) => create(pb.ReplySchema, { errorCode, errorMessage: 'x'.repeat(5000) });
  t.is(errorOf('p', create(pb.ReplySchema)), undefined);
  t.is(errorOf('p', reply('STORE_FULL'))?.code, 'STORE_FULL');
  t.is(errorOf('p', reply('WHATEVER'))?.code, 'REMOTE_FAILED');
  t.true(errorOf('p', reply('BUSY'))!.message.length < 1100);
});
