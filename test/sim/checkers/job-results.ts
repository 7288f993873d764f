import test from 'ava';
import { JobResultsChecker } from '../../../sim/checkers/job-results.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { smallContentId } from '../../../src/artifacts/small-content.ts';
import { acceptedJob } from '../../core/jobs/helpers/statuses.ts';
import { spell, started } from './helpers/conditions.ts';
import { acceptedAt, roomOf, status } from './helpers/jobs.ts';

const NOW_MS = 60_000;
const output = { name: 'result', mediaType: 'text/plain', artifact: 'a1', bytes: 3 };
const done = acceptedJob('job-1', {
  state: 'successful',
  epoch: 1,
  owner: 'peer-1',
  outputs: [output],
  replicas: ['peer-1', 'peer-2'],
});
const success = status('peer-1', { state: 'successful', atMs: NOW_MS });
const healed: RunEvent = { kind: 'healed', atMs: NOW_MS };

function found(room: RoomView, ...events: readonly RunEvent[]): string[] {
  const checker = new JobResultsChecker(1);
  for (const event of [...started(0, 1, 2), ...acceptedAt(1000), ...events]) checker.observe(event, room);
  checker.finish(room, NOW_MS + 1);
  return checker.violations.map(({ message }) => message.replace(/^job job-1: /, ''));
}

const statuses = [done];
const kept = roomOf({ statuses, artifacts: ['a1'] }, { statuses, artifacts: ['a1'] }, { statuses });
const alone = roomOf({ statuses, artifacts: ['a1'] }, { statuses }, { statuses });

test('a success has its copies from the first moment on', (t) => {
  t.deepEqual(found(kept, success), []);
  t.deepEqual(found(alone, success), [
    'peer-2 is said to hold result and does not',
    'successful with 1 holders of result, not 2',
  ]);
});

test('what stands in the status itself needs none', (t) => {
  const small = { ...output, artifact: smallContentId(Buffer.from('abc'))! };
  const room = roomOf({ statuses: [{ ...done, outputs: [small] }] }, {}, {});
  t.deepEqual(found(room, success, healed), []);
});

test('where peers have gone there may be fewer, but what is said to be there is', (t) => {
  const [began] = spell({ kind: 'kill', atMs: 50_000, peer: 1, downMs: 1000 }, 51_000);
  t.deepEqual(found(alone, began, success), ['peer-2 is said to hold result and does not']);
  const [lost] = spell({ kind: 'disk-loss', atMs: 50_000, peer: 1, downMs: 1000 }, 51_000);
  t.deepEqual(found(alone, lost, success), []);
});

test('after a long quiet all copies are there again', (t) => {
  t.deepEqual(found(kept, healed), []);
  t.deepEqual(found(alone, healed), ['1 peers hold its output result, not 2']);
});

test('whoever asks gets the right content, as long as a holder can be reached', (t) => {
  const read = (outcome: 'wrong' | 'error'): RunEvent => {
    return {
      kind: 'job-read',
      atMs: NOW_MS,
      job: 'job-1',
      door: 'peer-3',
      outcome,
      code: 'ARTIFACT_UNKNOWN',
    };
  };
  t.deepEqual(found(kept, read('wrong')), ['peer-3 gave another content']);
  t.deepEqual(found(kept, read('error')), [
    'peer-3 could not give its result (ARTIFACT_UNKNOWN) though peer-1 holds it',
  ]);
  const lost = (peer: number) => spell({ kind: 'disk-loss', atMs: 10_000, peer, downMs: 1000 }, 11_000);
  t.deepEqual(found(kept, ...lost(0), read('error')), [
    'peer-3 could not give its result (ARTIFACT_UNKNOWN) though peer-2 holds it',
  ]);
  t.deepEqual(found(kept, ...lost(0), ...lost(1), read('error')), []);
  const [cut] = spell({ kind: 'partition', atMs: 50_000, peers: [2], forMs: 9000, oneWay: false }, 59_000);
  t.deepEqual(found(kept, cut, read('error')), []);
});
