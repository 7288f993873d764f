import test from 'ava';
import fc from 'fast-check';
import {
  differingSums,
  GROUPS,
  LEAVES_PER_GROUP,
  leafOf,
  StatusIndex,
} from '../../../src/core/jobs/status-index.ts';

const change = fc.record({
  id: fc.constantFrom(...Array.from({ length: 30 }, (_, i) => `job-${i}`)),
  fingerprint: fc.nat({ max: 2 ** 48 - 1 }),
  expiresAt: fc.nat({ max: 2 ** 45 }),
  remove: fc.boolean(),
});

test('the sums tell what is held, not how it came about', (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const changed = new StatusIndex();
      const model = new Map<string, { fingerprint: number; expiresAt: number }>();
      for (const { id, remove, ...entry } of changes) {
        if (remove) changed.delete(id);
        else changed.set(id, entry);
        if (remove) model.delete(id);
        else model.set(id, entry);
      }
      const built = new StatusIndex();
      for (const [id, entry] of [...model].reverse()) built.set(id, entry);
      t.is(changed.size, model.size);
      t.deepEqual(changed.groupSums(), built.groupSums());
      for (const [id, entry] of model) t.deepEqual(changed.get(id), entry);
      for (let group = 0; group < GROUPS; group += 1) {
        t.deepEqual(changed.leafSums(group), built.leafSums(group));
        t.deepEqual(changed.leafCounts(group), built.leafCounts(group));
      }
    }),
  );
});

test('a difference shows in its own leaf and nowhere else', (t) => {
  const one = new StatusIndex();
  const other = new StatusIndex();
  for (let i = 0; i < 5000; i += 1) {
    one.set(`job-${i}`, { fingerprint: i, expiresAt: 1e12 });
    other.set(`job-${i}`, { fingerprint: i, expiresAt: 1e12 });
  }
  t.deepEqual(differingSums(one.groupSums(), other.groupSums()), []);
  other.set('job-77', { fingerprint: 77, expiresAt: 1e12 + 1 });
  const leaf = leafOf('job-77');
  const group = Math.floor(leaf / LEAVES_PER_GROUP);
  t.deepEqual(differingSums(one.groupSums(), other.groupSums()), [group]);
  t.deepEqual(differingSums(one.leafSums(group), other.leafSums(group)), [leaf % LEAVES_PER_GROUP]);
  t.true(one.entries(leaf).has('job-77'));
});

test('an emptied index is a new one', (t) => {
  const index = new StatusIndex();
  index.set('job', { fingerprint: 1, expiresAt: 2 });
  index.clear();
  t.is(index.size, 0);
  t.is(index.get('job'), undefined);
  t.deepEqual(index.groupSums(), new StatusIndex().groupSums());
});
