import test from 'ava';
import { DeathsChecker } from '../../../sim/checkers/deaths.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { spell, started } from './helpers/conditions.ts';

const dead = (atMs: number, rightly: boolean): RunEvent => ({
  kind: 'declared-dead',
  atMs,
  by: 'peer-1',
  peer: 'peer-2',
  rightly,
});

function found(...events: RunEvent[]): number {
  const checker = new DeathsChecker();
  for (const event of [...started(0, 1, 2), ...events]) checker.observe(event);
  return checker.violations.length;
}

test('a peer that runs and can be heard must not be taken for dead', (t) => {
  t.is(found(dead(60_000, false)), 1);
  t.is(found(dead(60_000, true)), 0);
});

test('trouble of the two, or in the network, explains a mistake for a while', (t) => {
  const stall = spell({ kind: 'stall', atMs: 50_000, peer: 1, forMs: 5_000 }, 55_000);
  t.is(found(...stall, dead(60_000, false)), 0);
  t.is(found(...stall, dead(90_000, false)), 1);
  const elsewhere = spell({ kind: 'stall', atMs: 50_000, peer: 2, forMs: 5_000 }, 55_000);
  t.is(found(...elsewhere, dead(60_000, false)), 1);
  const reset = spell({ kind: 'reset', atMs: 50_000, peer: 2 }, 50_000);
  t.is(found(...reset, dead(60_000, false)), 0);
});
