import test from 'ava';
import fc from 'fast-check';
import { ChunkPlan } from '../../src/artifacts/chunk-plan.ts';

test('whatever sources do, every chunk is fetched, and only given out twice at the end', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.record({ source: fc.nat(3), act: fc.constantFrom('finish', 'fail', 'refuse') }), {
        maxLength: 60,
      }),
      (chunks, maxBatch, acts) => {
        const plan = new ChunkPlan<number>(
          Array.from({ length: chunks }, (_, index) => index),
          maxBatch,
        );
        const done = new Set<number>();
        const finish = (source: number, { first, count }: { first: number; count: number }) => {
          for (let index = first; index < first + count; index += 1) {
            t.true(index >= 0 && index < chunks);
            done.add(index);
            plan.done(index);
          }
          plan.giveBack(source, { first, count });
        };
        for (const { source, act } of acts) {
          const batch = plan.take(source, 4);
          if (!batch) continue;
          t.true(batch.count >= 1 && batch.count <= maxBatch);
          t.true(plan.isWanted(batch.first));
          if (act === 'finish') finish(source, batch);
          else {
            if (act === 'refuse') plan.refuse(source, batch.first);
            plan.giveBack(source, batch);
          }
        }
        // A source that has all of them ends it.
        for (let batch = plan.take(9, 1); batch; batch = plan.take(9, 1)) finish(9, batch);
        t.is(done.size, chunks);
        t.true(plan.isDone);
      },
    ),
  );
});

test('a source is not asked again for what it cannot give', (t) => {
  const plan = new ChunkPlan<string>([0, 1, 2], 8);
  t.deepEqual(plan.take('a', 1), { first: 0, count: 2 });
  plan.refuse('a', 0);
  plan.done(1);
  plan.giveBack('a', { first: 0, count: 2 });
  t.deepEqual(plan.take('a', 1), { first: 2, count: 1 });
  plan.done(2);
  t.is(plan.take('a', 1), undefined);
  t.false(plan.isDone);
  t.deepEqual(plan.take('b', 1), { first: 0, count: 1 });
});

test('at the end an idle source fetches once more what another has under way', (t) => {
  const plan = new ChunkPlan<string>([0, 1, 2, 3], 8);
  t.deepEqual(plan.take('a', 1), { first: 0, count: 2 });
  t.deepEqual(plan.take('b', 1), { first: 2, count: 1 });
  t.deepEqual(plan.take('c', 1), { first: 3, count: 1 });
  plan.done(3);
  t.deepEqual(plan.take('c', 1), { first: 2, count: 1 });
  plan.done(2);
  t.deepEqual(plan.take('c', 1), { first: 1, count: 1 });
  // The slow one gives up: the other has it already under way.
  plan.giveBack('a', { first: 0, count: 2 });
  plan.done(1);
  t.deepEqual(plan.take('c', 1), { first: 0, count: 1 });
  plan.done(0);
  t.true(plan.isDone);
});
