import { create } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import { FrameSchema, NoticeSchema } from '../../../protocols/control/control_pb.js';
import { GismeshError } from '../../../src/core/errors.ts';
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from '../../../src/mesh/libp2p/frames.ts';
import { decodeMessage } from '../../../src/platform/messages.ts';

const notice = (payload: Uint8Array) => create(NoticeSchema, { method: 'm', payload });

/** Every frame of the bytes, given in chunks that end at `cuts`. */
function readAll(bytes: Uint8Array, cuts: number[], maxFrameBytes: number): Uint8Array[] {
  const reader = new FrameReader(maxFrameBytes);
  const frames: Uint8Array[] = [];
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    reader.push(bytes.subarray(start, end));
    start = end;
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame);
  }
  return frames;
}

test('frames are found again, however the bytes are cut', (t) => {
  const payloads = fc.array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(20_000))));
  fc.assert(
    fc.property(payloads, fc.array(fc.nat(50_000)), (contents, cuts) => {
      const bytes = Buffer.concat(contents.map((content) => encodeFrame(NoticeSchema, notice(content))));
      const read = readAll(bytes, cuts, 65_536).map((frame) => decodeMessage(NoticeSchema, frame).payload);
      t.is(read.length, contents.length);
      t.true(read.every((payload, index) => Buffer.compare(payload, contents[index]!) === 0));
    }),
  );
});

test('what follows a frame stays', (t) => {
  const reader = new FrameReader(100);
  reader.push(Buffer.concat([encodeFrame(NoticeSchema, notice(new Uint8Array(3))), Buffer.from('content')]));
  t.is(decodeMessage(NoticeSchema, reader.next()!).payload.length, 3);
  t.is(Buffer.from(reader.rest()).toString(), 'content');
});

test('a frame that says it is too large is refused before it is gathered', (t) => {
  const reader = new FrameReader(1000);
  reader.push(Uint8Array.of(0xe9, 0x07));
  t.throws(() => reader.next(), { instanceOf: GismeshError, code: 'MESSAGE_TOO_LARGE' });
});

test('a length without end is refused', (t) => {
  const reader = new FrameReader(MAX_FRAME_BYTES);
  reader.push(new Uint8Array(10).fill(0xff));
  t.throws(() => reader.next(), { instanceOf: GismeshError, code: 'MESSAGE_MALFORMED' });
});

test('any bytes are frames or a typed error', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.array(fc.nat(500)), (bytes, cuts) => {
      try {
        for (const frame of readAll(bytes, cuts, 200)) decodeMessage(FrameSchema, frame);
        t.pass();
      } catch (error) {
        t.true(error instanceof GismeshError, String(error));
      }
    }),
  );
});
