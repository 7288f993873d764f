import test from 'ava';
import { JobDisks } from '../../../sim/checkers/job-disks.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { spell } from './helpers/conditions.ts';
import { status } from './helpers/jobs.ts';

function lostAll(...events: readonly RunEvent[]): boolean {
  const disks = new JobDisks();
  for (const event of events) disks.observe(event);
  return disks.lostAll('job-1');
}

const lost = (peer: number) => spell({ kind: 'disk-loss', atMs: 2000, peer, downMs: 1000 }, 3000)[0];
const unplugged = (peer: number) => spell({ kind: 'power-loss', atMs: 2000, peer, downMs: 1000 }, 3000)[0];

test('a job is gone with the last disk that held it', (t) => {
  t.false(lostAll(status('peer-1'), status('peer-2'), lost(0)));
  t.true(lostAll(status('peer-1'), status('peer-2'), lost(0), lost(1)));
});

test('a disk that was given it later holds it, and so does a machine that only had no power', (t) => {
  t.false(lostAll(status('peer-1'), lost(0), status('peer-1')));
  t.false(lostAll(status('peer-1'), lost(0), status('peer-2')));
  t.false(lostAll(status('peer-1'), unplugged(0)));
});

test('of a job that no disk ever held nothing was lost', (t) => {
  t.false(lostAll(lost(0)));
});
