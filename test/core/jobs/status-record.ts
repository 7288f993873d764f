import test from 'ava';
import fc from 'fast-check';
import { isTerminal, type JobState } from '../../../src/core/jobs/job-status.ts';
import { differingSums, leafOf, StatusIndex } from '../../../src/core/jobs/status-index.ts';
import {
  compareWritings,
  mergeRecords,
  refusal,
  type StatusRecord,
} from '../../../src/core/jobs/status-record.ts';
import { claimed, ended, progressed } from '../../../src/core/jobs/transitions.ts';
import { writing } from '../../../src/jobs/wire.ts';
import { acceptedJob, anyRecord, START_MS } from './helpers/statuses.ts';

const version = ({ fingerprint, expiresAt }: StatusRecord) => `${fingerprint} ${expiresAt}`;
const merged = (...records: StatusRecord[]) => version(records.reduce(mergeRecords));

test('merging is commutative, associative and idempotent', (t) => {
  fc.assert(
    fc.property(anyRecord, anyRecord, anyRecord, (a, b, c) => {
      t.is(merged(a, b), merged(b, a));
      t.is(version(mergeRecords(mergeRecords(a, b), c)), version(mergeRecords(a, mergeRecords(b, c))));
      t.is(mergeRecords(a, a), a);
      t.is(merged(a, b, b), merged(a, b));
    }),
    { numRuns: 2000 },
  );
});

test('a merge never steps back', (t) => {
  const phase = (state: JobState) => (isTerminal(state) ? 2 : state === 'running' ? 1 : 0);
  fc.assert(
    fc.property(anyRecord, anyRecord, (a, b) => {
      const both = mergeRecords(a, b);
      for (const each of [a, b]) {
        t.true(phase(both.status.state) >= phase(each.status.state));
        t.true(compareWritings(both, each) >= 0);
        t.true(both.expiresAt >= each.expiresAt);
        if (!isTerminal(both.status.state)) t.true(both.status.epoch >= each.status.epoch);
      }
    }),
    { numRuns: 2000 },
  );
});

const at = (seconds: number) => ({ wallMs: START_MS + seconds * 1000, counter: 0 });
const record = (status: Parameters<typeof writing>[0]) => writing(status, START_MS + 1e6);
const job = acceptedJob('job');
const first = progressed(claimed(job, 'b', at(1)), { progress: 40 }, at(2));
const second = claimed(first, 'a', at(20), { reason: 'b is gone' });
const done = (status: typeof job, s: number) =>
  ended(status, { state: 'successful', outputs: [], replicas: [] }, at(s));

test('each step of a life overrules the one before', (t) => {
  const life = [
    job,
    claimed(job, 'b', at(1)),
    first,
    second,
    progressed(second, {}, at(21)),
    done(second, 30),
  ];
  life.push(ended(life.at(-1)!, { state: 'dismissed' }, at(40)));
  const records = life.map(record);
  for (let i = 1; i < records.length; i += 1)
    t.true(compareWritings(records[i]!, records[i - 1]!) > 0, `${i}`);
});

test('a takeover overrules the progress of the attempt before, however late that comes', (t) => {
  let late = first;
  for (let i = 0; i < 50; i += 1) late = progressed(late, { progress: 41 + i }, at(25));
  t.is(mergeRecords(record(late), record(second)).status.epoch, 2);
});

test('an end absorbs what goes on, of any epoch', (t) => {
  const late = done(first, 25);
  t.is(mergeRecords(record(progressed(second, {}, at(26))), record(late)).status.state, 'successful');
});

test('of two successes that of the lowest epoch is visible; dismissed beats both; a success beats a failure', (t) => {
  const early = record(done(first, 50));
  const late = record(done(second, 30));
  t.is(mergeRecords(early, late).status.epoch, 1);
  const failed = record(ended(first, { state: 'failed', failure: 'X', message: 'x' }, at(60)));
  t.is(mergeRecords(failed, late).status.state, 'successful');
  const dismissed = record(ended(second, { state: 'dismissed' }, at(3)));
  t.is([early, late, failed, dismissed].reduce(mergeRecords).status.state, 'dismissed');
});

test('what is over, or from far ahead, is refused', (t) => {
  const bounds = { maxTtlMs: 1000, maxAheadMs: 100 };
  const near = acceptedJob('near', {}, START_MS);
  t.is(refusal(writing(near, START_MS + 500), START_MS, bounds), undefined);
  t.is(refusal(writing(near, START_MS), START_MS, bounds), 'expired');
  t.is(refusal(writing(near, START_MS + 1100), START_MS, bounds), undefined);
  t.is(refusal(writing(near, START_MS + 1101), START_MS, bounds), 'future');
  t.is(refusal(writing(near, START_MS + 500), START_MS - 100, bounds), undefined);
  t.is(refusal(writing(near, START_MS + 500), START_MS - 101, bounds), 'future');
});

/** One replica, with nothing but the pure parts. */
class Replica {
  readonly records = new Map<string, StatusRecord>();
  readonly index = new StatusIndex();

  take(incoming: StatusRecord): void {
    const { id } = incoming.status;
    const held = this.records.get(id);
    const next = held ? mergeRecords(held, incoming) : incoming;
    this.records.set(id, next);
    this.index.set(id, next);
  }

  /** What the other one holds in the leaves that differ. */
  pull(other: Replica): void {
    for (const group of differingSums(this.index.groupSums(), other.index.groupSums())) {
      for (const at of differingSums(this.index.leafSums(group), other.index.leafSums(group))) {
        for (const id of other.index.entries(group * 64 + at).keys()) this.take(other.records.get(id)!);
      }
    }
  }
}

test('replicas converge under any order, repetition and loss, once each has compared', (t) => {
  const delivery = fc.record({
    job: fc.constantFrom('job', 'job-2', 'job-3'),
    record: anyRecord,
    /** The replica that writes it, and those that hear of it: how often, and when. */
    writer: fc.nat({ max: 3 }),
    heard: fc.array(fc.record({ replica: fc.nat({ max: 3 }), order: fc.nat() }), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(fc.array(delivery, { maxLength: 12 }), (deliveries) => {
      const replicas = Array.from({ length: 4 }, () => new Replica());
      const events = deliveries.flatMap(({ job: id, record: { status, expiresAt }, writer, heard }) => {
        const own = writing({ ...status, id }, expiresAt);
        replicas[writer]!.take(own);
        return heard.map(({ replica, order }) => ({ order, replica, own }));
      });
      for (const { replica, own } of events.sort((a, b) => a.order - b.order)) replicas[replica]!.take(own);
      // A ring, there and back: everything passes by everyone.
      for (const [one, other] of [0, 1, 2, 3, 2, 1, 0].flatMap((i, k, path) =>
        k > 0 ? [[i, path[k - 1]!]] : [],
      )) {
        replicas[one!]!.pull(replicas[other!]!);
        replicas[other!]!.pull(replicas[one!]!);
      }
      const views = replicas.map(({ records }) =>
        [...records].map(([id, each]) => `${id} ${version(each)}`).sort(),
      );
      for (const view of views) t.deepEqual(view, views[0]);
      for (const { index } of replicas) t.deepEqual(index.groupSums(), replicas[0]!.index.groupSums());
      t.true(leafOf('job') >= 0);
    }),
    { numRuns: 300 },
  );
});
