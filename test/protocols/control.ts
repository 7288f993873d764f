import { readFileSync } from 'node:fs';
import { create, type DescMessage, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import * as control from '../../protocols/control/control_pb.js';
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from '../../src/mesh/libp2p/frames.ts';
import { decodeMessage } from '../../src/platform/messages.ts';

interface Vector {
  readonly name: string;
  readonly message: 'Frame' | 'StreamOpen' | 'StreamAnswer';
  readonly json: JsonValue;
  /** The frame: length and message. */
  readonly hex: string;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../protocols/control/vectors/frames.json', import.meta.url), 'utf8'),
);
const schemas: Record<Vector['message'], DescMessage> = {
  Frame: control.FrameSchema,
  StreamOpen: control.StreamOpenSchema,
  StreamAnswer: control.StreamAnswerSchema,
};

function contentOf(frame: Uint8Array): Uint8Array {
  const reader = new FrameReader(MAX_FRAME_BYTES);
  reader.push(frame);
  return reader.next()!;
}

for (const { name, message, json, hex } of vectors) {
  test(`golden vector: ${name}`, (t) => {
    const schema = schemas[message];
    t.is(Buffer.from(encodeFrame(schema, fromJson(schema, json))).toString('hex'), hex);
    t.deepEqual(toJson(schema, decodeMessage(schema, contentOf(Buffer.from(hex, 'hex')))), json);
  });
}

test('there is a vector for every kind of frame', (t) => {
  const kinds = vectors
    .filter(({ message }) => message === 'Frame')
    .flatMap(({ json }) => Object.keys(json as object));
  const missing = control.FrameSchema.fields
    .map(({ jsonName }) => jsonName)
    .filter((kind) => !kinds.includes(kind));
  t.deepEqual(missing, []);
});

test('fields and kinds of newer versions are passed over', (t) => {
  const fieldNumber100 = Buffer.from('a2060474657374', 'hex');
  t.is(decodeMessage(control.FrameSchema, fieldNumber100).kind.case, undefined);
  const cancelWithMore = Buffer.from('2a07080412036e6577', 'hex');
  const { kind } = decodeMessage(control.FrameSchema, cancelWithMore);
  t.true(kind.case === 'cancel' && kind.value.id === 4);
});

test('requests survive the wire', (t) => {
  const requests = fc.record({
    id: fc.nat(0xffff_ffff),
    method: fc.string({ unit: 'grapheme' }),
    payload: fc.uint8Array(),
    timeoutMs: fc.nat(0x7fff_ffff),
  });
  fc.assert(
    fc.property(requests, (value) => {
      const frame = create(control.FrameSchema, { kind: { case: 'request', value } });
      const { kind } = decodeMessage(control.FrameSchema, contentOf(encodeFrame(control.FrameSchema, frame)));
      if (kind.case !== 'request') return t.fail();
      const { id, method, payload, timeoutMs } = kind.value;
      t.deepEqual({ id, method, payload, timeoutMs }, value);
    }),
  );
});
