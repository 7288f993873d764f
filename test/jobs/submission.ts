import test from 'ava';
import { bytesOfComplex, decodeSubmission, keptSubmission } from '../../src/jobs/submission.ts';
import { WIRE_LIMITS } from '../../src/jobs/wire.ts';
import { ProcessError } from '../../src/ogc/processes/problem.ts';
import { formatOf } from '../../src/ogc/processes/process-description.ts';
import { valid } from '../ogc/processes/helpers/echo.ts';

function submissionOf(data: string, encoding: '' | 'base64' = '') {
  const request = valid();
  const value = { kind: 'complex', data, format: formatOf('application/geo+json', encoding) } as const;
  const inputs = [...request.inputs, { id: 'geometry', value }];
  return { request: { ...request, inputs }, processVersion: '1.2.0', idempotent: true };
}

const never = () => Promise.reject(new Error('nothing is to be kept apart'));

test('a small submission is kept as it is', async (t) => {
  const submission = submissionOf('{}');
  const { kept, body } = await keptSubmission(submission, never);
  t.deepEqual(kept, submission);
  t.deepEqual(decodeSubmission(body), submission);
});

test('large data are kept apart, decoded, and the rest fits beside a status', async (t) => {
  const text = 'é'.repeat(WIRE_LIMITS.request);
  const apart: Uint8Array[] = [];
  const { kept, body } = await keptSubmission(submissionOf(text), async (_name, _type, bytes) => {
    apart.push(bytes);
    return { artifact: 'a1', holders: ['peer-1'] };
  });
  t.true(body.length < 10_000);
  t.deepEqual(decodeSubmission(body), kept);
  const { request, large } = kept;
  const index = request.inputs.findIndex(({ id }) => id === 'geometry');
  t.deepEqual(large, [{ index, artifact: 'a1', holders: ['peer-1'] }]);
  t.is(new TextDecoder().decode(apart[0]), text);
});

test('base64 is decoded to its bytes', (t) => {
  const value = { kind: 'complex', data: 'AAEC', format: formatOf('image/tiff', 'base64') } as const;
  t.deepEqual(bytesOfComplex(value), Uint8Array.of(0, 1, 2));
});

test('many literals that do not fit are refused', async (t) => {
  const submission = submissionOf('{}');
  const literal = { kind: 'literal', value: 'x'.repeat(60_000), dataType: '', uom: '' } as const;
  const inputs = Array.from({ length: 4 }, () => ({ id: 'names', value: literal }));
  const request = { ...submission.request, inputs };
  const error = await t.throwsAsync(keptSubmission({ ...submission, request }, never), {
    instanceOf: ProcessError,
  });
  t.is(error?.kind, 'too-large');
});
