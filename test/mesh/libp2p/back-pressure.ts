import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { defaults } from './helpers/options.ts';
import { loopbackMesh } from './helpers/world.ts';

const MEBIBYTE = 1024 * 1024;
/** A window of bytes under way, one that came while the reader paused, what the reader keeps, and a piece. */
const AHEAD_BYTES = 2 * defaults.streamWindowBytes + defaults.streamReadAheadBytes + 65_536;

interface Report {
  readonly written: number;
  readonly rssGrowth: number;
}

/** Reads `streams` streams of a writing process at about 1 MB/s in all until `totalBytes` are read. */
async function readSlowly(t: ExecutionContext, streams: number, totalBytes: number) {
  const mesh = loopbackMesh(t);
  const reader = await mesh.start();
  let read = 0;
  const done = Promise.withResolvers<void>();
  reader.onStream('/slow', async (stream) => {
    for await (const chunk of stream) {
      read += chunk.length;
      if (read >= totalBytes) return done.resolve();
      await delay((streams * chunk.length) / 1000);
    }
  });
  const script = new URL('helpers/fast-writer.ts', import.meta.url).pathname;
  const meshKey = Buffer.from(mesh.meshKey).toString('hex');
  const writer = fork(script, [reader.self, reader.addresses()[0]!, meshKey, `${streams}`]);
  t.teardown(() => writer.kill());
  await done.promise;
  writer.send('report');
  const [report] = (await once(writer, 'message')) as [Report];
  return { ahead: report.written - read, rssGrowth: report.rssGrowth };
}

test('a reader of 1 MB/s holds a fast writer back', async (t) => {
  const { ahead, rssGrowth } = await readSlowly(t, 1, 2_000_000);
  t.true(ahead <= AHEAD_BYTES, `${ahead} bytes written ahead`);
  t.true(rssGrowth <= 48 * MEBIBYTE, `memory grew by ${rssGrowth} bytes`);
});

test('many slow streams at once are each held back', async (t) => {
  const { ahead, rssGrowth } = await readSlowly(t, 20, 2_000_000);
  t.true(ahead <= 20 * AHEAD_BYTES, `${ahead} bytes written ahead`);
  t.true(rssGrowth <= 96 * MEBIBYTE, `memory grew by ${rssGrowth} bytes`);
});
