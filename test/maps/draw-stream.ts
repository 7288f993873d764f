import { create, toBinary } from '@bufbuild/protobuf';
import test from 'ava';
import fc from 'fast-check';
import { DrawReplySchema, DrawRequestSchema } from '../../protocols/maps/maps_pb.js';
import { World } from '../../sim/world.ts';
import { GismeshError } from '../../src/core/errors.ts';
import {
  type AnswerDrawing,
  DRAW_PROTOCOL,
  DrawStream,
  type RemotePack,
  serveDrawings,
} from '../../src/maps/draw-stream.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { ByteStream } from '../../src/platform/network.ts';
import { liveClock } from './helpers/live-clock.ts';

const limits = { maxRequestBytes: 8_000, maxPackBytes: 10_000 };
const never = new AbortController().signal;

/** Two connected machines, the second of which serves draw streams with `serve`. */
async function pair(serve: (stream: ByteStream) => Promise<void>) {
  const world = new World(1);
  const [asking, answering] = [world.addMachine(), world.addMachine()];
  const [network, remote] = [asking.boot().network, answering.boot().network];
  await Promise.all([network.start(), remote.start()]);
  remote.onStream(DRAW_PROTOCOL, serve);
  const connecting = network.connect({ addresses: answering.addresses }, { timeoutMs: 1_000 });
  await world.time.settle(connecting, 2_000);
  const parts: string[] = [];
  const open = () => network.openStream(answering.peer, DRAW_PROTOCOL, { timeoutMs: 1_000 });
  const draw = new DrawStream(await world.time.settle(open(), 1_000), limits);
  const ask = (signal = never, firstPart = 0): Promise<RemotePack> => {
    const asking = {
      contentType: 'image/png',
      onReply: () => {},
      onPart: (index: number, part: Uint8Array) => void parts.push(`${index} ${Buffer.from(part)}`),
    };
    return world.time.settle(draw.ask(create(DrawRequestSchema, { firstPart }), asking, signal), 60_000);
  };
  return { world, ask, parts, draw };
}

const pack = {
  parts: ['zero', 'one', 'two'].map((text) => Buffer.from(text)),
  contentType: 'image/png',
  drawnBy: 'peer-2',
  drawnByName: 'Two',
  renderMs: 7,
};

function serving(answer: AnswerDrawing, clock: Clock = liveClock) {
  return (stream: ByteStream) =>
    serveDrawings(stream, { limits, clock, timeoutMs: 500, answer, onBusy: () => {} });
}

/** Writes these bytes whatever is asked. */
function writing(...chunks: Uint8Array[]) {
  return async (stream: ByteStream) => {
    for (const chunk of chunks) await stream.write(chunk);
    await stream.closeWrite();
  };
}

function reply(fields: object): Uint8Array {
  const message = toBinary(DrawReplySchema, create(DrawReplySchema, fields));
  const frame = Buffer.alloc(4 + message.byteLength);
  frame.writeUInt32LE(message.byteLength);
  frame.set(message, 4);
  return frame;
}

test('the wanted part comes first, then the others', async (t) => {
  const { ask, parts } = await pair(serving(async () => ({ pack, cache: 'joined' })));
  const answer = await ask(never, 2);
  t.deepEqual(parts, ['2 two', '0 zero', '1 one']);
  t.is(answer.cache, 'joined');
  t.is(answer.pack.drawnByName, 'Two');
});

test('one stream carries one exchange after another, refusals among them', async (t) => {
  let asked = 0;
  const { ask, parts, draw } = await pair(
    serving(async () => {
      asked += 1;
      if (asked === 2) throw new GismeshError('BUSY', 'full');
      return { pack, cache: 'miss' };
    }),
  );
  await ask();
  t.true(draw.reusable);
  await t.throwsAsync(ask(), { code: 'BUSY' });
  t.true(draw.reusable && draw.answered);
  await ask(never, 1);
  t.deepEqual(parts, ['0 zero', '1 one', '2 two', '1 one', '0 zero', '2 two']);
});

test('a stream is not used again after an exchange that broke off', async (t) => {
  const { ask, draw } = await pair(writing(reply({ partBytes: [10] }), Buffer.from('short')));
  await t.throwsAsync(ask());
  t.false(draw.reusable);
});

test('aborting resets the stream, which cancels the work at the other end', async (t) => {
  const gone = new AbortController();
  let cancelled = false;
  const { ask, world } = await pair(async (stream) => {
    stream.closed.addEventListener('abort', () => {
      cancelled = true;
    });
    await stream[Symbol.asyncIterator]().next();
    gone.abort(new GismeshError('CANCELLED', 'Another peer was faster'));
    await new Promise(() => {});
  });
  await t.throwsAsync(ask(gone.signal), { message: 'Another peer was faster' });
  await world.time.advance(100);
  t.true(cancelled);
});

test('who sends no request is not waited for without end', async (t) => {
  const world = new World(2);
  const [mute, answering] = [world.addMachine(), world.addMachine()];
  const [network, remote] = [mute.boot().network, answering.boot().network];
  await Promise.all([network.start(), remote.start()]);
  const served = Promise.withResolvers<string>();
  const serve = serving(() => t.fail() as never, answering.process.clock);
  remote.onStream(DRAW_PROTOCOL, (stream) => serve(stream).catch((error) => served.resolve(error.message)));
  await world.time.settle(network.connect({ addresses: answering.addresses }, { timeoutMs: 1_000 }), 2_000);
  const opening = network.openStream(answering.peer, DRAW_PROTOCOL, { timeoutMs: 1_000 });
  await world.time.settle(opening, 1_000);
  t.regex(await world.time.settle(served.promise, 5_000), /Not served within 500 ms/);
});

test('replies that no peer of this version would send are refused', async (t) => {
  const malformed = { code: 'MESSAGE_MALFORMED' };
  const cut = await pair(writing(reply({ partBytes: [10] }), Buffer.from('short')));
  await t.throwsAsync(cut.ask(), malformed);
  const long = await pair(writing(reply({ partBytes: [2] }), Buffer.from('much more')));
  await t.throwsAsync(long.ask(), malformed);
  const huge = await pair(writing(reply({ partBytes: [4e9, 4e9] })));
  await t.throwsAsync(huge.ask(), { code: 'MESSAGE_TOO_LARGE' });
  const frame = await pair(writing(Buffer.from([0xff, 0xff, 0xff, 0xff])));
  await t.throwsAsync(frame.ask(), { code: 'MESSAGE_TOO_LARGE' });
  const unknown = await pair(writing(reply({ errorCode: 'rm -rf', errorMessage: 'x'.repeat(5_000) })));
  const error = await t.throwsAsync(unknown.ask(), { code: 'REMOTE_FAILED' });
  t.true((error?.message.length ?? 0) <= 1_000);
});

test('what a peer says of itself is kept in bounds', async (t) => {
  for (const renderMs of [Number.NaN, -5, Number.POSITIVE_INFINITY]) {
    const { ask } = await pair(
      writing(
        reply({ partBytes: [1], renderMs, drawnByName: 'n'.repeat(900), cache: 'whatever' }),
        Buffer.from('x'),
      ),
    );
    const { pack, cache } = await ask();
    t.is(pack.renderMs, 0);
    t.is(pack.drawnBy, 'peer-2');
    t.is(pack.drawnByName.length, 128);
    t.is(cache, 'miss');
  }
});

test('any bytes are an answer or a clean error', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), async (chunks) => {
      const { ask } = await pair(writing(...chunks));
      await ask().catch((error) => t.true(error instanceof Error));
    }),
    { numRuns: 100 },
  );
  t.pass();
});
