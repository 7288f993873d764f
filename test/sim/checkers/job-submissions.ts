import test from 'ava';
import { JobSubmissionsChecker } from '../../../sim/checkers/job-submissions.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { acceptedJob, START_MS } from '../../core/jobs/helpers/statuses.ts';
import { spell, started } from './helpers/conditions.ts';
import { acceptedAt, roomOf } from './helpers/jobs.ts';

const NOW_MS = 60_000;
const DAY_MS = 86_400_000;
const [submitted] = acceptedAt(NOW_MS);

function found(lookMs: number, ...events: readonly RunEvent[]): string[] {
  const checker = new JobSubmissionsChecker(2, { maxAheadMs: DAY_MS });
  const room = roomOf({}, {}, {}, {});
  for (const event of [...started(0, 1, 2, 3), ...events]) checker.observe(event, room);
  checker.sample({}, NOW_MS + lookMs);
  return checker.violations.map(({ message }) => message);
}

const refused = (code: string): RunEvent => {
  return { kind: 'job-refused', atMs: NOW_MS, ticket: 1, door: 'peer-1', code };
};
const [full] = spell({ kind: 'disk-full', atMs: NOW_MS, peer: 0, forMs: 1000 }, NOW_MS + 1000);

test('a submission is answered in time, unless its front door dies over it', (t) => {
  t.deepEqual(found(40_000, ...acceptedAt(NOW_MS)), []);
  t.deepEqual(found(20_000, submitted!), []);
  t.deepEqual(found(40_000, submitted!), ['submission 1 at peer-1 has no answer for 40000 ms']);
  t.deepEqual(found(40_000, submitted!, { kind: 'peer-ended', atMs: NOW_MS, peer: 'peer-1' }), []);
});

test('who refuses has a reason', (t) => {
  t.deepEqual(found(0, submitted!, refused('BUSY')), []);
  t.deepEqual(found(0, full, submitted!, refused('DATA_DIR_UNUSABLE')), []);
  t.deepEqual(found(0, submitted!, refused('DATA_DIR_UNUSABLE')).length, 1);
  t.deepEqual(found(0, full, submitted!, refused('INTERNAL')).length, 1);
});

test('a process is unknown only where nobody is left who offers it', (t) => {
  const foundIn = (room: RoomView, ...events: readonly RunEvent[]) => {
    const checker = new JobSubmissionsChecker(2, { maxAheadMs: DAY_MS });
    const [power] = spell({ kind: 'power-loss', atMs: 40_000, peer: 1, downMs: 90_000 }, 130_000);
    const gone: RunEvent = { kind: 'peer-ended', atMs: 40_000, peer: 'peer-2' };
    for (const event of [
      ...started(0, 1, 2),
      power,
      gone,
      ...events,
      submitted!,
      refused('PROCESS_UNKNOWN'),
    ]) {
      checker.observe(event, room);
    }
    return checker.violations.length;
  };
  const without = { offersProcesses: false };
  const dead = { isRunning: false };
  t.is(foundIn(roomOf(without, dead, without)), 0);
  t.is(foundIn(roomOf(without, dead, {})), 1);
  const restarted: RunEvent = { kind: 'peer-started', atMs: NOW_MS - 1_000, peer: 'peer-2' };
  t.is(foundIn(roomOf(without, {}, without), restarted), 0);
});

test('an input is refused only where its job was dismissed, or may be forgotten', (t) => {
  const invalid = refused('INPUT_INVALID');
  const chained: RunEvent = {
    kind: 'job-submitted',
    atMs: NOW_MS,
    ticket: 1,
    door: 'peer-1',
    source: 'job-0',
  };
  const dismissing: RunEvent = { kind: 'job-dismissing', atMs: 40_000, job: 'job-0', door: 'peer-2' };
  t.is(found(0, chained, invalid).length, 1);
  t.is(found(0, full, submitted!, invalid).length, 1);
  t.is(found(0, full, chained, invalid).length, 0);
  t.is(found(0, dismissing, chained, invalid).length, 0);
  t.is(found(0, dismissing, submitted!, invalid).length, 1);
});

test('every machine knows an accepted job, unless all that hold it may be gone', (t) => {
  const unknown: RunEvent = {
    kind: 'job-told',
    atMs: NOW_MS,
    job: 'job-1',
    door: 'peer-4',
    state: 'unknown',
  };
  const gone = (...numbers: number[]) =>
    numbers.map((number): RunEvent => ({ kind: 'peer-ended', atMs: NOW_MS, peer: `peer-${number}` }));
  t.is(found(0, ...acceptedAt(NOW_MS), ...gone(1, 2), unknown).length, 1);
  t.is(found(0, ...acceptedAt(NOW_MS), ...gone(1, 2, 3), unknown).length, 0);
  t.is(found(0, ...acceptedAt(NOW_MS), full, unknown).length, 0);
  const lost = (peer: number) =>
    spell({ kind: 'disk-loss', atMs: NOW_MS, peer, downMs: 1000 }, NOW_MS + 1000);
  t.is(found(0, ...acceptedAt(NOW_MS), ...lost(0), ...gone(2), unknown).length, 1);
  t.is(found(0, ...acceptedAt(NOW_MS), ...lost(0), ...lost(1), ...gone(3), unknown).length, 0);
});

test('whose clock is set back by a day or more need not know of what others write', (t) => {
  const unknown: RunEvent = {
    kind: 'job-told',
    atMs: NOW_MS,
    job: 'job-1',
    door: 'peer-4',
    state: 'unknown',
  };
  const behind = (byMs: number) => {
    const checker = new JobSubmissionsChecker(2, { maxAheadMs: DAY_MS });
    const holder = { statuses: [acceptedJob('job-1')] };
    const room = roomOf(holder, holder, holder, { wallMs: START_MS - byMs });
    for (const event of [...started(0, 1, 2, 3), ...acceptedAt(NOW_MS), unknown])
      checker.observe(event, room);
    return checker.violations.length;
  };
  t.is(behind(0), 1);
  t.is(behind(DAY_MS / 2), 1);
  t.is(behind(DAY_MS), 0);
  t.is(behind(DAY_MS + 60_000), 0);
});
