import test from 'ava';
import { RememberedAnswers } from '../../src/http/remembered-answers.ts';
import { writing } from '../../src/jobs/wire.ts';
import type { ProcessDescription } from '../../src/ogc/processes/process-description.ts';
import { acceptedJob } from '../core/jobs/helpers/statuses.ts';
import { echo } from '../ogc/processes/helpers/echo.ts';

const record = writing(acceptedJob('one'), 1e12);
const document = { status: 200, contentType: 'text/xml', body: 'x'.repeat(100) } as const;

test('an answer is told again for the same status, process and address alone', (t) => {
  const answers = new RememberedAnswers(100_000);
  answers.set(record, echo, 'http://a', document);
  t.is(answers.get(record, echo, 'http://a'), document);
  t.is(answers.get(record, echo, 'http://b'), undefined);
  t.is(answers.get({ ...record, fingerprint: 1 }, echo, 'http://a'), undefined);
  t.is(answers.get(record, { ...echo } as ProcessDescription, 'http://a'), undefined);
  t.is(answers.get(record, undefined, 'http://a'), undefined);
});

test('its memory is bounded, and a large answer is not remembered', (t) => {
  const answers = new RememberedAnswers(4000);
  const of = (id: string) => writing(acceptedJob(id), 1e12);
  for (let i = 0; i < 100; i += 1) answers.set(of(`job-${i}`), echo, 'http://a', document);
  const kept = Array.from({ length: 100 }, (_, i) => answers.get(of(`job-${i}`), echo, 'http://a'));
  t.true(kept.filter((each) => each !== undefined).length < 40);
  t.is(kept.at(-1), document);
  answers.set(record, echo, 'http://a', { ...document, body: 'x'.repeat(3000) });
  t.is(answers.get(record, echo, 'http://a'), undefined);
});
