import test from 'ava';
import { ConvergenceChecker } from '../../../sim/checkers/convergence.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';

/** A peer that does not run. */
const room = { peers: [{ name: 'peer-1', catalogue: { list: () => [] } }] } as unknown as RoomView;

function found(...finishedMs: number[]): number {
  const checker = new ConvergenceChecker();
  checker.observe({ kind: 'healed', atMs: 1_000 });
  for (const nowMs of finishedMs) checker.finish(room, nowMs);
  return checker.violations.length;
}

test('who does not run is found, unless there was no time at all to start it', (t) => {
  t.is(found(2_000), 1);
  t.is(found(1_000), 0);
});
