import test from 'ava';
import fc from 'fast-check';
import { NoticeSchema, RequestSchema } from '../../protocols/control/control_pb.js';
import { RecordsSchema } from '../../protocols/membership/membership_pb.js';
import { GismeshError } from '../../src/core/errors.ts';
import { decodeMessage, encodeMessage, withRepeatedBytes } from '../../src/platform/messages.ts';

test('a message comes back as it was given', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array(), (method, payload) => {
      const decoded = decodeMessage(NoticeSchema, encodeMessage(NoticeSchema, { method, payload }));
      t.is(decoded.method, method);
      t.deepEqual(Buffer.from(decoded.payload), Buffer.from(payload));
    }),
  );
});

test('bytes that are no such message are malformed, and say of what', (t) => {
  const error = t.throws<GismeshError>(() => decodeMessage(RequestSchema, Uint8Array.of(0xff)), {
    instanceOf: GismeshError,
    code: 'MESSAGE_MALFORMED',
    message: /\bRequest\b/,
  });
  t.truthy(error.cause);
});

test('many values behind a message are encoded as if they had been in it', (t) => {
  const values = fc.array(
    fc.oneof(
      fc.uint8Array(),
      fc.constantFrom(127, 128, 16_384).map((n) => new Uint8Array(n)),
    ),
  );
  const { number } = RecordsSchema.field.records;
  fc.assert(
    fc.property(values, values, (first, more) => {
      const bytes = withRepeatedBytes(encodeMessage(RecordsSchema, { records: first }), number, more);
      t.deepEqual(bytes, encodeMessage(RecordsSchema, { records: [...first, ...more] }));
    }),
  );
});
