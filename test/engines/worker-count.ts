import test from 'ava';
import { workerCount } from '../../src/engines/worker-count.ts';

const GIBIBYTE = 2 ** 30;

test('as many as configured', (t) => {
  t.is(workerCount(3, { cores: 64, memoryBytes: GIBIBYTE }), 3);
});

test('otherwise as many as cores and memory allow, at least one, at most eight', (t) => {
  t.is(workerCount(0, { cores: 4, memoryBytes: 16 * GIBIBYTE }), 4);
  t.is(workerCount(0, { cores: 16, memoryBytes: 64 * GIBIBYTE }), 8);
  t.is(workerCount(0, { cores: 8, memoryBytes: 4 * GIBIBYTE }), 4);
  t.is(workerCount(0, { cores: 2, memoryBytes: GIBIBYTE / 2 }), 1);
});
