import anyTest, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { JobStatus } from '../../../src/core/jobs/job-status.ts';
import {
  comparator,
  matches,
  NEWEST_FIRST,
  SORT_KEYS,
  type StatusFilter,
} from '../../../src/core/jobs/status-query.ts';
import { mergeRecords, type StatusRecord } from '../../../src/core/jobs/status-record.ts';
import { claimed, ended, progressed } from '../../../src/core/jobs/transitions.ts';
import type { StatusStore } from '../../../src/jobs/status-store.ts';
import { writing } from '../../../src/jobs/wire.ts';
import { acceptedJob, anyRecord, anyStatus, START_MS } from '../../core/jobs/helpers/statuses.ts';

/** A store under test, and how its time passes. */
export interface StoreWorld {
  readonly store: StatusStore;
  /** The same store, opened again after the process ended. */
  reopen(): Promise<StatusStore>;
  run<T>(promise: Promise<T>): Promise<T>;
}

const EXPIRY = START_MS + 1e9;
const at = (seconds: number) => ({ wallMs: START_MS + seconds * 1000, counter: 0 });
const record = (status: JobStatus, expiresAt = EXPIRY) => writing(status, expiresAt);
const page = { offset: 0, limit: 1000 };

/** Registers the tests that every implementation of `StatusStore` has to pass. */
export function testStatusStoreCompliance(
  name: string,
  createWorld: (t: ExecutionContext) => Promise<StoreWorld>,
): void {
  const test = (title: string, body: (t: ExecutionContext, world: StoreWorld) => Promise<void>) =>
    anyTest(`${name}: ${title}`, async (t) => body(t, await createWorld(t)));

  test('what was put is there, as its writer wrote it', async (t, { store, run }) => {
    const one = record(acceptedJob('one'));
    t.deepEqual(await run(store.put([{ record: one }])), [one]);
    t.deepEqual(await run(store.get('one')), one);
    t.is(await run(store.get('two')), undefined);
    const { body, expiresAt } = one;
    const [stored] = await run(store.getAll(['two', 'one']));
    t.deepEqual({ ...stored, body: new Uint8Array(stored!.body) }, { body, expiresAt });
  });

  test('a put merges, and tells what changed', async (t, { store, run }) => {
    const job = acceptedJob('job');
    const running = progressed(claimed(job, 'b', at(1)), { progress: 3 }, at(2));
    t.is((await run(store.put([{ record: record(running) }]))).length, 1);
    t.deepEqual(await run(store.put([{ record: record(job) }, { record: record(running) }])), []);
    t.deepEqual(await run(store.get('job')), record(running));
    // An older writing that lives longer.
    const [longer] = await run(store.put([{ record: record(job, EXPIRY + 5) }]));
    t.deepEqual(longer, record(running, EXPIRY + 5));
    const both = await run(
      store.put([
        { record: record(progressed(running, { progress: 4 }, at(3))) },
        { record: record(ended(running, { state: 'dismissed' }, at(4))) },
      ]),
    );
    t.deepEqual(
      both.map(({ status }) => status.state),
      ['running', 'dismissed'],
    );
  });

  test('puts at once are merged one after the other', async (t, { store, run }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 8 }), async (records) => {
        await run(store.remove({}));
        const changes = await run(Promise.all(records.map((each) => store.put([{ record: each }]))));
        const expected = records.reduce(mergeRecords);
        const held = (await run(store.get('job'))) as StatusRecord;
        t.is(held.fingerprint, expected.fingerprint);
        t.is(held.expiresAt, expected.expiresAt);
        t.true(changes.flat().some((change) => change.fingerprint === expected.fingerprint));
      }),
      { numRuns: 30 },
    );
  });

  test('a request is kept once, with its job', async (t, { store, run }) => {
    const one = record(acceptedJob('one'));
    await run(store.put([{ record: one, request: Uint8Array.of(1, 2, 3) }]));
    await run(store.put([{ record: one, request: Uint8Array.of(4) }]));
    t.deepEqual(await run(store.request('one')), Uint8Array.of(1, 2, 3));
    t.is(await run(store.request('two')), undefined);
    await run(store.remove({}));
    t.is(await run(store.request('one')), undefined);
  });

  test('lists are filtered, sorted and cut into pages', async (t, { store, run }) => {
    const statuses = fc.sample(anyStatus, { seed: 7, numRuns: 60 }).map((status, i) => ({
      ...status,
      id: `job-${i}`,
      submittedAt: START_MS + (i % 7) * 1000,
      process: ['buffer', 'echo', 'slope'][i % 3] as string,
      user: ['ada', 'bob'][i % 2] as string,
      ...(status.startedAt !== undefined && { startedAt: START_MS + (i % 5) * 1000 }),
      ...(i % 4 === 0 && { finishedAt: START_MS + 9000 }),
    }));
    await run(store.put(statuses.map((status, i) => ({ record: record(status, EXPIRY + i) }))));
    const filters: StatusFilter[] = [
      {},
      { states: ['running', 'failed'] },
      { states: [] },
      { processes: ['buffer', 'no such'] },
      { users: ['ada'], owners: ['a', 'b'], mode: 'async' },
      { chained: true },
      { chained: false },
      { doors: ['cli', 'ogcapi'] },
      { submittedFrom: START_MS + 2000, submittedTo: START_MS + 4000 },
      { expiresTo: EXPIRY + 10 },
      { minDurationMs: 5000, nowMs: START_MS + 7000 },
      { maxDurationMs: 5000, nowMs: START_MS + 7000, processes: ['echo'] },
    ];
    for (const filter of filters) {
      const expected = statuses.filter((status, i) => matches(status, EXPIRY + i, filter));
      for (const by of SORT_KEYS) {
        for (const descending of [true, false]) {
          const sort = { by, descending };
          const ids = expected.sort(comparator(sort)).map(({ id }) => id);
          const all = await run(store.list(filter, sort, page));
          t.is(all.total, ids.length);
          t.deepEqual(
            all.records.map(({ status }) => status.id),
            ids,
            `${JSON.stringify(filter)} ${by}`,
          );
          const cut = await run(store.list(filter, sort, { offset: 3, limit: 4 }));
          t.deepEqual(
            cut.records.map(({ status }) => status.id),
            ids.slice(3, 7),
          );
          t.is(cut.total, ids.length);
        }
      }
    }
  });

  test('values of filters are nothing but values', async (t, { store, run }) => {
    await run(store.put([{ record: record(acceptedJob('one')) }]));
    const hostile = ["'; DROP TABLE statuses; --", '%', '" OR 1=1'];
    t.is((await run(store.list({ processes: hostile, users: hostile }, NEWEST_FIRST, page))).total, 0);
    t.is((await run(store.list({}, NEWEST_FIRST, page))).total, 1);
  });

  test('removing takes what matches, and tells which', async (t, { store, run }) => {
    for (let i = 0; i < 5; i += 1) {
      await run(store.put([{ record: record(acceptedJob(`job-${i}`), EXPIRY + i) }]));
    }
    t.deepEqual((await run(store.remove({ expiresTo: EXPIRY + 1 }))).sort(), ['job-0', 'job-1']);
    t.deepEqual(await run(store.remove({ expiresTo: EXPIRY + 1 })), []);
    const entries = new Map(await run(store.entries()));
    t.deepEqual([...entries.keys()].sort(), ['job-2', 'job-3', 'job-4']);
    const { fingerprint, expiresAt } = record(acceptedJob('job-2'), EXPIRY + 2);
    t.like(entries.get('job-2'), { fingerprint, expiresAt });
  });

  test('all of it is there after the process ended', async (t, { store, reopen, run }) => {
    t.is(await run(store.lastSeen()), 0);
    await run(
      store.put([{ record: record(acceptedJob('one')), request: Uint8Array.of(1) }], { durable: true }),
    );
    await run(store.put([{ record: record(acceptedJob('two')) }]));
    await run(store.markSeen(START_MS));
    const again = await run(reopen());
    t.deepEqual(await run(again.get('one')), record(acceptedJob('one')));
    t.deepEqual(await run(again.get('two')), record(acceptedJob('two')));
    t.deepEqual(await run(again.request('one')), Uint8Array.of(1));
    t.is(await run(again.lastSeen()), START_MS);
  });

  test('what was marked is on the disk for certain once that was waited for', async (t, {
    store,
    reopen,
    run,
  }) => {
    await run(store.mark()());
    const putting = store.put([{ record: record(acceptedJob('one')) }]);
    const one = store.mark();
    await run(putting);
    const all = store.mark();
    await run(Promise.all([one(), all(), all()]));
    await run(one());
    t.deepEqual(await run((await run(reopen())).get('one')), record(acceptedJob('one')));
  });

  test('a closed store says so', async (t, { store, run }) => {
    await run(store.close());
    await run(store.close());
    await t.throwsAsync(run(store.put([{ record: record(acceptedJob('one')) }])), { code: 'CANCELLED' });
    await t.throwsAsync(run(store.get('one')), { code: 'CANCELLED' });
  });
}
