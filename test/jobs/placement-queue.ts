import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { GismeshError } from '../../src/core/errors.ts';
import { PlacementQueue, type PlacementQueueParts } from '../../src/jobs/placement-queue.ts';
import { keptSubmission } from '../../src/jobs/submission.ts';
import { silentLog } from '../../src/platform/log.ts';
import { acceptedJob } from '../core/jobs/helpers/statuses.ts';
import { valid } from '../ogc/processes/helpers/echo.ts';

/** A queue from which nobody takes anything. */
async function closedQueue(changes: object = {}) {
  const time = new VirtualTime();
  const body = await bodyOf({ idempotent: true });
  const parts = {
    clock: new MachineClock(time),
    random: { next: () => 0.5 },
    log: silentLog,
    map: { get: async (id: string) => ({ status: job(id) }) },
    replication: { request: async () => body },
    chaining: { sources: async () => [] },
    placing: {
      place: async () => {
        throw new GismeshError('BUSY', 'all queues are full');
      },
    },
    options: {
      retryMs: 100,
      maxRetryMs: 5000,
      maxPlacing: 4,
      patienceMs: 1e9,
      maxAttempts: 3,
      expireMs: 15_000,
    },
    ...changes,
  } as unknown as PlacementQueueParts;
  return { time, queue: new PlacementQueue(parts) };
}

async function bodyOf(kind: { readonly idempotent: boolean }): Promise<Uint8Array> {
  const { body } = await keptSubmission({ request: valid(), processVersion: '1.0.0', ...kind }, () =>
    Promise.reject(new Error('nothing is to be kept apart')),
  );
  return body;
}

const job = (id: string) => acceptedJob(id, { process: 'slow', mode: 'sync' });

test('while clients wait for a kind of jobs that nobody takes, one more would wait behind them', async (t) => {
  const { time, queue } = await closedQueue();
  queue.add(job('one'), { reason: '', isNew: true });
  for (let ms = 0; ms < 5000; ms += 250) {
    queue.placeDue();
    await time.advance(250);
  }
  t.true(queue.isStuck('slow'));
  t.false(queue.isStuck('other'));
});

test('that nobody took a kind is forgotten when none of it waits any more', async (t) => {
  const { time, queue } = await closedQueue();
  queue.add(job('one'), { reason: '', isNew: true });
  queue.placeDue();
  await time.advance(1000);
  queue.delete('one');
  queue.placeDue();
  await time.advance(3_600_000);
  queue.add(job('two'), { reason: '', isNew: true });
  queue.placeDue();
  await time.advance(10);
  t.false(queue.isStuck('slow'));
});

test('a job that somebody may have taken is offered to nobody for a lease, and then only if others know no better', async (t) => {
  const asked: string[] = [];
  const overtaken: string[] = [];
  const body = await bodyOf({ idempotent: false });
  const { time, queue } = await closedQueue({
    replication: {
      request: async () => body,
      refresh: async (id: string) => {
        asked.push('others');
        return { status: { ...job(id), epoch: 1, owner: 'peer-2' } };
      },
    },
    placing: {
      place: async () => {
        asked.push('bidders');
        throw new GismeshError('NETWORK_TIMEOUT', 'peer-2 may have taken the job');
      },
    },
    onOvertaken: (id: string) => overtaken.push(id),
  });
  queue.add(job('one'), { reason: '', isNew: true });
  for (let ms = 0; ms < 15_000; ms += 250) {
    queue.placeDue();
    await time.advance(250);
  }
  t.deepEqual(asked, ['bidders']);
  queue.placeDue();
  await time.advance(250);
  t.deepEqual(asked, ['bidders', 'others']);
  t.deepEqual(overtaken, ['one']);
  t.is(queue.size, 0);
});
