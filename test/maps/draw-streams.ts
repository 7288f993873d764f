import { create } from '@bufbuild/protobuf';
import test from 'ava';
import { DrawRequestSchema } from '../../protocols/maps/maps_pb.js';
import { World } from '../../sim/world.ts';
import { GismeshError } from '../../src/core/errors.ts';
import { DRAW_PROTOCOL, serveDrawings } from '../../src/maps/draw-stream.ts';
import { DrawStreams } from '../../src/maps/draw-streams.ts';
import { type Clock, sleep } from '../../src/platform/clock.ts';

const limits = { maxRequestBytes: 8_000, maxPackBytes: 10_000 };
const pack = {
  parts: [Buffer.from('tile')],
  contentType: 'image/png',
  drawnBy: 'peer-2',
  drawnByName: 'Two',
  renderMs: 7,
};

/** Two connected machines; the second one draws after `drawMs` and ends a stream unused for `timeoutMs`. */
async function pair({ drawMs = 20, timeoutMs = 30_000, idleStreamMs = 10_000 } = {}) {
  const world = new World(1);
  const [asking, answering] = [world.addMachine(), world.addMachine()];
  const [{ network, clock }, remote] = [asking.boot(), answering.boot()];
  await Promise.all([network.start(), remote.network.start()]);
  const counts = { opened: 0, open: 0, cancelled: 0 };
  remote.network.onStream(DRAW_PROTOCOL, (stream) => {
    counts.opened += 1;
    counts.open += 1;
    stream.closed.addEventListener('abort', () => {
      counts.open -= 1;
    });
    return serveDrawings(stream, {
      limits,
      clock: remote.clock as Clock,
      timeoutMs,
      answer: async (_request, signal) => {
        signal.addEventListener('abort', () => {
          counts.cancelled += 1;
        });
        await sleep(remote.clock, drawMs);
        return { pack, cache: 'miss' };
      },
      onBusy: () => {},
    });
  });
  await world.time.settle(network.connect({ addresses: answering.addresses }, { timeoutMs: 1_000 }), 2_000);
  const streams = new DrawStreams(network, clock, { ...limits, maxIdleStreams: 2, idleStreamMs });
  const ask = (signal = new AbortController().signal) =>
    streams.ask(answering.peer, {
      request: create(DrawRequestSchema, {}),
      signal,
      timeoutMs: 1_000,
      contentType: 'image/png',
      onReply: () => {},
      onPart: () => {},
    });
  return { world, streams, ask, counts };
}

test('drawings one after another share one stream; those at once have one each', async (t) => {
  const { world, ask, counts } = await pair();
  for (let i = 0; i < 5; i += 1) await world.time.settle(ask(), 5_000);
  t.is(counts.opened, 1);
  await world.time.settle(Promise.all([ask(), ask(), ask()]), 5_000);
  t.is(counts.opened, 3);
  await world.time.advance(1_000);
  t.is(counts.open, 2, 'no more are kept than allowed');
});

test('unused streams are ended, by either side', async (t) => {
  const { world, ask, counts } = await pair({ idleStreamMs: 2_000 });
  await world.time.settle(ask(), 5_000);
  await world.time.advance(1_500);
  t.is(counts.open, 1);
  await world.time.advance(1_500);
  t.is(counts.open, 0);

  const impatient = await pair({ timeoutMs: 500 });
  await impatient.world.time.settle(impatient.ask(), 5_000);
  await impatient.world.time.advance(3_000);
  t.is(impatient.counts.open, 0);
  await impatient.world.time.settle(impatient.ask(), 5_000);
  t.is(impatient.counts.opened, 2);
});

test('a request that meets the end of a kept stream goes over a new one', async (t) => {
  for (let offsetMs = -5; offsetMs <= 5; offsetMs += 0.5) {
    const { world, ask, counts } = await pair({ timeoutMs: 500 });
    await world.time.settle(ask(), 5_000);
    await world.time.advance(500 + offsetMs);
    const answer = await world.time.settle(ask(), 5_000);
    t.is(Buffer.from(answer.pack.parts[0] as Uint8Array).toString(), 'tile');
    t.true(counts.opened <= 2);
  }
});

test('cancelling ends the stream and the work, and later drawings have another one', async (t) => {
  const { world, ask, counts } = await pair({ drawMs: 1_000 });
  const gone = new AbortController();
  const asked = ask(gone.signal);
  asked.catch(() => {});
  await world.time.advance(100);
  gone.abort(new GismeshError('CANCELLED', 'Another peer was faster'));
  await t.throwsAsync(world.time.settle(asked, 1_000), { code: 'CANCELLED' });
  await world.time.advance(100);
  t.is(counts.cancelled, 1);
  await world.time.settle(ask(), 5_000);
  t.is(counts.opened, 2);
});

test('closing ends what is kept', async (t) => {
  const { world, ask, streams, counts } = await pair();
  await world.time.settle(ask(), 5_000);
  streams.close();
  await world.time.advance(1_000);
  t.is(counts.open, 0);
});
