import test from 'ava';
import { jobsConfig } from '../../src/config/jobs.ts';
import { News } from '../../src/jobs/news.ts';
import { writing } from '../../src/jobs/wire.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { Network } from '../../src/platform/network.ts';
import { acceptedJob } from '../core/jobs/helpers/statuses.ts';

test('a change is published though time passes while it is looked at', (t) => {
  const timers: Array<{ atMs: number; run: () => void }> = [];
  let nowMs = 1000;
  const clock: Clock = {
    // As a real clock does, and a simulated one does not.
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
  const published: string[] = [];
  const network = { publish: (topic: string) => published.push(topic) } as unknown as Network;
  const news = new News({ network, clock, peers: () => 3, options: jobsConfig.parse({}).replication.news });
  news.changed(writing(acceptedJob('job-1'), 1e12));
  for (let i = 0; i < 3 && published.length === 0; i += 1) {
    const [timer] = timers.splice(0);
    nowMs = timer?.atMs ?? nowMs;
    timer?.run();
  }
  t.deepEqual(published, ['jobs']);
});
