import test from 'ava';
import fc from 'fast-check';
import { NoticeSchema, RequestSchema } from '../../protocols/control/control_pb.js';
import { GismeshError } from '../../src/core/errors.ts';
import { decodeMessage, encodeMessage } from '../../src/platform/messages.ts';

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
