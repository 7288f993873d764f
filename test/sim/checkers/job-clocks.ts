import test from 'ava';
import { JobClocks } from '../../../sim/checkers/job-clocks.ts';
import { WALL_CLOCK_SPREAD_MS } from '../../../sim/clock.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { acceptedJob, START_MS } from '../../core/jobs/helpers/statuses.ts';
import { spell } from './helpers/conditions.ts';
import { roomOf, status } from './helpers/jobs.ts';

const DAY_MS = 86_400_000;
const statuses = [acceptedJob('job-1')];

/** The first peer holds a job; the clock of the second is behind that of its writer by this much. */
function roomBehind(byMs: number) {
  return roomOf({ statuses }, { wallMs: START_MS - byMs });
}

function refuses(byMs: number, nowByMs: number, ...events: readonly RunEvent[]): boolean {
  const clocks = new JobClocks({ maxAheadMs: DAY_MS });
  for (const event of [status('peer-1'), ...events]) clocks.observe(event, roomBehind(byMs));
  const room = roomBehind(nowByMs);
  return clocks.refuses(room.peers[1]!, 'job-1', room);
}

test('whose clock is too far behind that of the writer refuses what that writes', (t) => {
  t.false(refuses(0, 0));
  t.false(refuses(DAY_MS - WALL_CLOCK_SPREAD_MS - 1, 0));
  t.true(refuses(DAY_MS - WALL_CLOCK_SPREAD_MS, 0));
  t.true(refuses(0, DAY_MS));
});

test('a clock that goes on excuses no less, one that is set right does', (t) => {
  t.true(refuses(DAY_MS + 60_000, DAY_MS - 60_000));
  const [back] = spell({ kind: 'clock-jump', atMs: 2000, peer: 1, byMs: DAY_MS }, 2000);
  t.false(refuses(DAY_MS + 60_000, 60_000, back));
  t.true(refuses(2 * DAY_MS, DAY_MS, back));
});

test('who holds the job, does not run, or is asked for another one, refuses nothing', (t) => {
  const room = roomOf({ statuses }, { isRunning: false, wallMs: 0 });
  const clocks = new JobClocks({ maxAheadMs: DAY_MS });
  clocks.observe(status('peer-1'), room);
  t.deepEqual(
    room.peers.map((peer) => clocks.refuses(peer, 'job-1', room)),
    [false, false],
  );
  const behind = roomBehind(2 * DAY_MS);
  t.false(clocks.refuses(behind.peers[1]!, 'job-2', behind));
});
