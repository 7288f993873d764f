import test from 'ava';
import { JobAgreementChecker } from '../../../sim/checkers/job-agreement.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { acceptedJob, START_MS } from '../../core/jobs/helpers/statuses.ts';
import { spell } from './helpers/conditions.ts';
import { acceptedAt, roomOf, status } from './helpers/jobs.ts';

const DAY_MS = 86_400_000;
const done = acceptedJob('job-1', { state: 'successful', epoch: 1, owner: 'peer-1' });
const going = acceptedJob('job-1', { state: 'running', epoch: 1, owner: 'peer-1' });

function found(room: RoomView, ...events: readonly RunEvent[]): string[] {
  const checker = new JobAgreementChecker({ maxAheadMs: DAY_MS });
  for (const event of [...acceptedAt(1000), ...events]) checker.observe(event, room);
  checker.sample(room, 2000);
  checker.observe({ kind: 'healed', atMs: 3000 }, room);
  checker.finish(room, 4000);
  return checker.violations.map(({ message }) => message);
}

test('in the end all peers hold the same end', (t) => {
  t.deepEqual(found(roomOf({ statuses: [done] }, { statuses: [done] })), []);
});

test('a job that no disk holds is lost', (t) => {
  t.deepEqual(found(roomOf({}, {})), [
    'job job-1: no disk holds it any more',
    'job job-1: peer-1 does not know it',
  ]);
});

test('a job is lost with the last disk that held it, and only then by nobody’s mistake', (t) => {
  const lost = (peer: number) => spell({ kind: 'disk-loss', atMs: 1500, peer, downMs: 100 }, 1600);
  const held = [status('peer-1'), status('peer-2')];
  t.deepEqual(found(roomOf({}, {}), ...held, ...lost(0), ...lost(1)), []);
  t.is(found(roomOf({}, {}), ...held, ...lost(0)).length, 2);
  t.is(found(roomOf({}, {}), ...held, ...lost(0), ...lost(1), status('peer-1')).length, 2);
});

test('who does not know it, or knows otherwise, is named', (t) => {
  t.deepEqual(found(roomOf({ statuses: [done] }, {})), ['job job-1: peer-2 does not know it']);
  t.deepEqual(found(roomOf({ statuses: [done] }, { statuses: [going] })), [
    'job job-1: peer-1 holds successful in attempt 1 of peer-1, peer-2 holds running in attempt 1 of peer-1',
  ]);
});

test('all have ended, also those whose front door died before it could answer', (t) => {
  const other = { ...going, id: 'job-2' };
  t.deepEqual(found(roomOf({ statuses: [done, other] }, { statuses: [done, other] })), [
    'job job-2 is still running in attempt 1 of peer-1',
  ]);
});

test('what was dismissed is dismissed', (t) => {
  const dismissed: RunEvent = { kind: 'job-dismissed', atMs: 1500, job: 'job-1', door: 'peer-2' };
  t.deepEqual(found(roomOf({ statuses: [done] }), dismissed), ['job job-1 was dismissed, and is successful']);
});

test('whose clock is set back by more than what is allowed takes nothing from the others', (t) => {
  const holder = { statuses: [done] };
  const behind = (byMs: number, statuses = [going]) => ({ statuses, wallMs: START_MS - byMs });
  t.deepEqual(found(roomOf(holder, behind(DAY_MS + 1))), []);
  t.deepEqual(found(roomOf(holder, behind(DAY_MS + 1, []))), []);
  t.deepEqual(found(roomOf(holder, behind(DAY_MS))), []);
  t.is(found(roomOf(holder, behind(DAY_MS - 3000))).length, 1);
  t.deepEqual(found(roomOf(holder, behind(DAY_MS + 1), {})), ['job job-1: peer-3 does not know it']);
});

test('nothing is said where no time was left to settle', (t) => {
  const room = roomOf({ statuses: [going] });
  const checker = new JobAgreementChecker({ maxAheadMs: DAY_MS });
  for (const event of acceptedAt(1000)) checker.observe(event, room);
  checker.observe({ kind: 'healed', atMs: 3000 }, room);
  checker.finish(room, 3000);
  t.deepEqual(checker.violations, []);
  checker.finish(room, 3001);
  t.is(checker.violations.length, 1);
});
