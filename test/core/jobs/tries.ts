import test from 'ava';
import { triesOf } from '../../../src/core/jobs/tries.ts';

test('each bidder takes the job unless the next one has it done clearly sooner by then; the last in any case', (t) => {
  const bids = [
    { peer: 'a', expectedMs: 200 },
    { peer: 'b', expectedMs: 300 },
    { peer: 'c', expectedMs: 5000 },
  ];
  t.deepEqual(triesOf(bids), [
    { peer: 'a', withinMs: 400 },
    { peer: 'b', withinMs: 6000 },
    { peer: 'c', withinMs: Infinity },
  ]);
  t.deepEqual(triesOf([]), []);
});
