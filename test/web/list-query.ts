import test from 'ava';
import fc from 'fast-check';
import { readJobQuery } from '../../src/http/job-query.ts';
import { apiQuery, readListQuery, sortedBy, writeListQuery } from '../../web/src/jobs/list-query.ts';

test('a list survives the address bar', (t) => {
  const query = fc.record({
    state: fc.constantFrom('', 'open', 'failed'),
    process: fc.string(),
    node: fc.string(),
    user: fc.string(),
    mode: fc.constantFrom('', 'sync'),
    chained: fc.constantFrom('', 'yes'),
    sort: fc.constantFrom('submitted', 'process', 'epoch'),
    order: fc.constantFrom('up' as const, 'down' as const),
    page: fc.integer({ min: 1, max: 2000 }),
  });
  fc.assert(fc.property(query, (list) => t.deepEqual(readListQuery(writeListQuery(list)), list)));
  t.is(writeListQuery(readListQuery('')), '');
  t.is(readListQuery('page=-3').page, 1);
});

test('the peer understands what the list asks for', (t) => {
  const asked = apiQuery({ ...readListQuery('user=anna&chained=no&page=3'), state: 'open' });
  t.deepEqual(
    readJobQuery(asked.toString(), () => []),
    {
      filter: { states: ['accepted', 'running'], users: ['anna'], chained: false },
      sort: { by: 'submitted', descending: true },
      page: { offset: 100, limit: 50 },
    },
  );
});

test('a click on a heading sorts, another one the other way round, from the first page on', (t) => {
  const once = sortedBy({ ...readListQuery(''), page: 4 }, 'process');
  t.like(once, { sort: 'process', order: 'up', page: 1 });
  t.like(sortedBy(once, 'process'), { order: 'down' });
  t.like(sortedBy(once, 'progress'), { sort: 'progress', order: 'down' });
});
