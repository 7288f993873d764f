import test from 'ava';
import fc from 'fast-check';
import { StatusListing } from '../../../src/core/jobs/status-listing.ts';
import { comparator, matches, SORT_KEYS, type StatusFilter } from '../../../src/core/jobs/status-query.ts';
import { anyStatus, START_MS } from './helpers/statuses.ts';

const filter: fc.Arbitrary<StatusFilter> = fc.record(
  {
    states: fc.subarray(['accepted', 'running', 'successful', 'failed', 'dismissed'] as const),
    owners: fc.subarray(['a', 'b', 'c', '']),
    mode: fc.constantFrom('sync', 'async'),
    chained: fc.boolean(),
    submittedFrom: fc.nat({ max: 1e12 }),
    minDurationMs: fc.nat({ max: 1e12 }),
    nowMs: fc.nat({ max: 1e12 }),
  },
  { requiredKeys: [] },
);

test('a page is what a sort of all that match would give', (t) => {
  const page = fc.record({ offset: fc.nat({ max: 10 }), limit: fc.nat({ max: 10 }) });
  const sort = fc.record({ by: fc.constantFrom(...SORT_KEYS), descending: fc.boolean() });
  fc.assert(
    fc.property(fc.array(anyStatus, { maxLength: 20 }), filter, sort, page, (some, which, order, cut) => {
      const statuses = some.map((status, i) => ({ ...status, id: `job-${i}` }));
      const listing = new StatusListing();
      for (const status of [...statuses].reverse()) listing.set(status, START_MS);
      const expected = statuses.filter((status) => matches(status, START_MS, which)).sort(comparator(order));
      const { ids, total } = listing.page(which, order, cut);
      t.is(total, expected.length);
      t.deepEqual(
        ids,
        expected.slice(cut.offset, cut.offset + cut.limit).map(({ id }) => id),
      );
      t.deepEqual(listing.matching(which).sort(), expected.map(({ id }) => id).sort());
    }),
  );
});

test('what is set anew replaces what was, and what is deleted is gone', (t) => {
  const [one] = fc.sample(anyStatus, { seed: 1, numRuns: 1 });
  const listing = new StatusListing();
  listing.set({ ...one!, user: 'ada' }, 10);
  listing.set({ ...one!, user: 'bob' }, 20);
  t.deepEqual(listing.matching({ users: ['ada'] }), []);
  t.deepEqual(listing.matching({ users: ['bob'], expiresTo: 20 }), ['job']);
  t.is(listing.size, 1);
  listing.delete('job');
  t.is(listing.size, 0);
  listing.set(one!, 10);
  listing.clear();
  t.deepEqual(listing.matching({}), []);
});
