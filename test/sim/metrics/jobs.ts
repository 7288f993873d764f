import test from 'ava';
import { JobMetrics } from '../../../sim/metrics/jobs.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { acceptedAt, status } from '../checkers/helpers/jobs.ts';

function figures(...events: readonly RunEvent[]) {
  const observers: Array<(event: RunEvent) => void> = [];
  const metrics = new JobMetrics({ observe: (observer) => void observers.push(observer) });
  for (const event of events) for (const observe of observers) observe(event);
  return metrics.figures();
}

const moved: RunEvent = {
  kind: 'job-moved',
  atMs: 1500,
  job: 'job-1',
  epoch: 2,
  from: 'peer-1',
  by: 'peer-2',
  reason: 'its peer is gone',
};

test('a run without jobs has no figures of them', (t) => {
  t.is(figures({ kind: 'peer-started', atMs: 0, peer: 'peer-1' }), undefined);
});

test('a job counts by its last state, and took as long as until its first end', (t) => {
  t.deepEqual(
    figures(
      { kind: 'job-refused', atMs: 900, ticket: 0, door: 'peer-1', code: 'BUSY' },
      ...acceptedAt(1000),
      moved,
      status('peer-2', { state: 'successful', atMs: 3000 }),
      status('peer-3', { state: 'successful', atMs: 4000 }),
      status('peer-3', { state: 'dismissed', atMs: 5000 }),
    ),
    { accepted: 1, refused: 1, successful: 0, failed: 0, dismissed: 1, moved: 1, p50: 2000, p95: 2000 },
  );
});

test('what nobody was promised is not among them', (t) => {
  const other = status('peer-2', { job: 'job-2', state: 'failed' });
  t.is(figures(...acceptedAt(1000), other)!.failed, 0);
});
