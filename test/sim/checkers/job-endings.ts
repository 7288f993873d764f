import test from 'ava';
import { JobEndingsChecker } from '../../../sim/checkers/job-endings.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { spell } from './helpers/conditions.ts';
import { acceptedAt, status } from './helpers/jobs.ts';

function found(...events: readonly RunEvent[]): string[] {
  const checker = new JobEndingsChecker();
  for (const event of [...acceptedAt(50_000), ...events]) checker.observe(event);
  return checker.violations.map(({ message }) => message.replace(/^job job-1: /, ''));
}

const ended = (peer: string, given = {}) => status(peer, { state: 'successful', seq: 5, ...given });
const dismissing: RunEvent = { kind: 'job-dismissing', atMs: 51_000, job: 'job-1', door: 'peer-2' };

test('a job ends once, and more may become known of its end', (t) => {
  t.deepEqual(found(status('peer-2'), ended('peer-2'), ended('peer-2', { seq: 6 })), []);
});

test('what has ended does not go on, at any peer', (t) => {
  t.deepEqual(found(ended('peer-2'), status('peer-3'), status('peer-2', { epoch: 2 })), [
    'peer-2 has it go on (running) after it was successful',
  ]);
});

test('it is dismissed when somebody wants that, even after its end', (t) => {
  const dismissed = status('peer-2', { state: 'dismissed' });
  t.deepEqual(found(dismissing, ended('peer-2'), dismissed), []);
  t.deepEqual(found(ended('peer-2'), dismissed), ['peer-2 has it dismissed, which nobody asked for']);
  t.is(found(dismissing, dismissed, ended('peer-2')).length, 1);
});

test('of two ends the higher one counts, where something failed', (t) => {
  const failed = status('peer-2', { state: 'failed', epoch: 2, owner: 'peer-3' });
  const [began] = spell({ kind: 'kill', atMs: 50_500, peer: 0, downMs: 1000 }, 51_500);
  t.deepEqual(found(began, failed, ended('peer-2')), []);
  t.regex(found(failed, ended('peer-2'))[0]!, /failed in attempt 2 .* successful .* though nothing failed/);
  t.is(found(began, ended('peer-2'), failed).length, 1);
  t.is(found(began, ended('peer-2'), ended('peer-2', { epoch: 2, owner: 'peer-3' })).length, 1);
});

test('a disk that lost its power may have forgotten the end', (t) => {
  const [began] = spell({ kind: 'power-loss', atMs: 52_000, peer: 1, downMs: 1000 }, 53_000);
  t.deepEqual(found(ended('peer-2'), began, status('peer-2')), []);
});
