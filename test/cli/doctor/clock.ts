import test from 'ava';
import { judgeClocks } from '../../../src/cli/doctor/clock.ts';
import type { PeerStatus } from '../../../src/mesh/peer-status.ts';

function peer(name: string, clockOffsetMs?: number): PeerStatus {
  return { name, ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }) } as PeerStatus;
}

test('clocks that were never compared say nothing', (t) => {
  t.deepEqual(judgeClocks([peer('here'), peer('there')]), []);
});

test('clocks that agree', (t) => {
  const [finding, ...others] = judgeClocks([peer('here'), peer('a', 12), peer('b', -900)]);
  t.like(finding, { check: 'clocks', state: 'ok' });
  t.deepEqual(others, []);
});

test('one clock that is wrong is named', (t) => {
  const findings = judgeClocks([peer('here'), peer('a', 3), peer('b', -61_000), peer('c', 5)]);
  t.is(findings.length, 1);
  t.like(findings[0], { state: 'warn', detail: 'that of b is 61.0 s behind the others' });
});

test('where most others differ by the same the own clock is named, and those that are wrong as well', (t) => {
  const findings = judgeClocks([peer('here'), peer('a', 60_000), peer('b', 60_100), peer('c', 0)]);
  t.deepEqual(
    findings.map(({ detail }) => detail),
    ['it is 60.0 s behind the clocks of most other peers', 'that of c is 60.0 s behind the others'],
  );
});
