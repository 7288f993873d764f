import test from 'ava';
import { judgeArtifacts } from '../../../src/cli/doctor/artifacts.ts';

const whole = { artifacts: 12, damagedChunks: 0, spoiltArtifacts: 0, scrubbedAt: Date.UTC(2026, 0, 2) };

test('artifacts that are whole', (t) => {
  t.deepEqual(judgeArtifacts(whole), {
    check: 'artifacts',
    state: 'ok',
    detail: '12 here, whole at 2026-01-02T00:00:00.000Z',
  });
  t.regex(judgeArtifacts({ ...whole, scrubbedAt: undefined }).detail, /not all looked through yet/);
});

test('a disk that gave something else is to be tested, though all was mended', (t) => {
  t.like(judgeArtifacts({ ...whole, damagedChunks: 3 }), { state: 'warn', check: 'artifacts' });
});

test('what nobody has whole fails the check', (t) => {
  const finding = judgeArtifacts({ ...whole, damagedChunks: 3, spoiltArtifacts: 2 });
  t.is(finding.state, 'fail');
  t.regex(finding.detail, /^2 of 12 are damaged/);
  t.regex(finding.remedy ?? '', /smartctl/);
});
