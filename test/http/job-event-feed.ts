import test from 'ava';
import { claimed, ended, progressed } from '../../src/core/jobs/transitions.ts';
import { JobEventFeed } from '../../src/http/job-event-feed.ts';
import type { JobNews } from '../../src/http/job-report.ts';
import type { JobEventKind } from '../../src/jobs/events.ts';
import { writing } from '../../src/jobs/wire.ts';
import { acceptedJob, START_MS } from '../core/jobs/helpers/statuses.ts';
import { ManualClock } from '../platform/helpers/manual-clock.ts';

function feed(maxGatheredJobEvents = 10) {
  const clock = new ManualClock();
  const options = { jobEventGatherMs: 100, maxGatheredJobEvents };
  const opened = new JobEventFeed({ jobs: { peerName: () => 'räum-7' }, clock, options });
  const told: JobNews[] = [];
  const stop = opened.onEvent((news) => told.push(news));
  const at = { wallMs: START_MS, counter: 1 };
  const running = progressed(claimed(acceptedJob('one'), 'b', at), {}, at);
  const hear = (kind: JobEventKind, status = running) =>
    opened.heard({ kind, record: writing(status, START_MS + 1e6), self: 'a', isNewAttempt: false });
  return { clock, told, stop, hear, running, at };
}

test('the first event is told at once; of the progress that follows the last alone, of the life of a job everything', (t) => {
  const { clock, told, hear, running, at } = feed();
  hear('submitted', acceptedJob('one'));
  for (const progress of [10, 20, 30]) hear('progress', progressed(running, { progress }, at));
  hear('failed', ended(running, { state: 'failed', failure: 'job-failed', message: 'no' }, at));
  t.deepEqual(
    told.map(({ event }) => event),
    ['submitted'],
  );
  clock.advance(100);
  t.deepEqual(
    told.map((news) => [news.event, news.event === 'overflow' ? 0 : news.job.progress]),
    [
      ['submitted', 0],
      ['progress', 30],
      ['failed', 0],
    ],
  );
  t.like(told[1], { job: { node: 'b', nodeName: 'räum-7' } });
});

test('when more happens than can be told, that is told', (t) => {
  const { clock, told, hear } = feed(3);
  for (let i = 0; i < 20; i += 1) hear('submitted', acceptedJob(`job-${i}`));
  clock.advance(100);
  t.is(told.length, 2);
  t.deepEqual(told[1], { event: 'overflow' });
  clock.advance(100);
  hear('submitted', acceptedJob('later'));
  t.is(told.length, 3);
  clock.advance(1000);
  t.is(clock.pendingTimers, 0);
});

test('without listeners nothing is gathered', (t) => {
  const { clock, stop, hear } = feed();
  stop();
  hear('progress');
  t.is(clock.pendingTimers, 0);
});
