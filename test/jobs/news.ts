import test from 'ava';
import { jobsConfig } from '../../src/config/jobs.ts';
import { News } from '../../src/jobs/news.ts';
import { writing } from '../../src/jobs/wire.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { Network } from '../../src/platform/network.ts';
import { acceptedJob } from '../core/jobs/helpers/statuses.ts';

/** News of a peer in a small mesh, in a time that passes whenever somebody looks at it, as a real clock's does. */
function desk() {
  const timers: Array<{ atMs: number; run: () => void }> = [];
  let nowMs = 1000;
  const clock: Clock = {
    now: () => {
      nowMs += 0.01;
      return nowMs;
    },
    wallTime: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.push(timer);
      return { cancel: () => timers.splice(timers.indexOf(timer), 1) };
    },
  };
  const published: number[] = [];
  const network = { publish: () => published.push(nowMs) } as unknown as Network;
  const { news: options } = jobsConfig.parse({}).replication;
  const news = new News({ network, clock, peers: () => 3, options });
  const runTimers = (untilMs: number) => {
    for (;;) {
      const [next] = timers.sort((a, b) => a.atMs - b.atMs);
      if (!next || next.atMs > untilMs) return;
      timers.shift();
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
    }
  };
  return { news, published, runTimers, options };
}

test('a change is published though time passes while it is looked at', (t) => {
  const { news, published, runTimers } = desk();
  news.changed(writing(acceptedJob('job-1'), 1e12));
  runTimers(2000);
  t.is(published.length, 1);
});

test('the first change goes at once, what follows is gathered', (t) => {
  const { news, published, runTimers, options } = desk();
  for (let i = 0; i < 5; i += 1) {
    news.changed(writing(acceptedJob(`job-${i}`), 1e12));
    runTimers(1001 + i);
  }
  runTimers(3000);
  t.is(published.length, 2);
  t.true(published[0]! < 1001);
  t.true(published[1]! - published[0]! >= options.gatherMs);
});
