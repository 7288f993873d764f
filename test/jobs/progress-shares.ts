import test from 'ava';
import fc from 'fast-check';
import { percentOf, sharesOf } from '../../src/jobs/progress-shares.ts';
import type { InputValue } from '../../src/ogc/processes/execute-request.ts';
import { formatOf } from '../../src/ogc/processes/process-description.ts';
import { requestedOutput } from '../../src/ogc/processes/validate-request.ts';
import { echo, request, valid } from '../ogc/processes/helpers/echo.ts';

const format = formatOf('application/geo+json');
const fetched: InputValue = {
  kind: 'reference',
  href: 'https://example.org/a',
  method: 'GET',
  headers: [],
  format,
};

function shares(value: InputValue | undefined, output: string) {
  const whole = valid(request({ inputs: [], outputs: [requestedOutput(output)] }));
  const inputs = value ? [{ id: 'geometry', value }] : [];
  return sharesOf({ request: { ...whole, inputs } }, echo);
}

test('30 percent where inputs are fetched or outputs stored, else 1', (t) => {
  t.deepEqual(shares(undefined, 'text'), { fetching: 1, storing: 1 });
  t.deepEqual(shares(fetched, 'text'), { fetching: 30, storing: 1 });
  t.deepEqual(shares({ kind: 'job', job: 'one', output: 'b', format }, 'geometry'), {
    fetching: 30,
    storing: 30,
  });
  t.deepEqual(shares({ kind: 'complex', data: '{}', format }, 'geometry'), { fetching: 1, storing: 30 });
});

test('data kept apart from their request are fetched', (t) => {
  const whole = valid(request({ inputs: [], outputs: [requestedOutput('text')] }));
  const large = [{ index: 0, artifact: 'x', holders: ['a'] }];
  t.is(sharesOf({ request: whole, large }, undefined).fetching, 30);
});

test('percent rise through the parts and end at 100', (t) => {
  const share = fc.constantFrom(1, 30);
  fc.assert(
    fc.property(share, share, fc.double({ noNaN: true }), (fetching, storing, percent) => {
      const parts = (['fetching', 'running', 'storing'] as const).map((part) => [
        percentOf(part, 0, { fetching, storing }),
        percentOf(part, percent, { fetching, storing }),
        percentOf(part, 100, { fetching, storing }),
      ]);
      const all = parts.flat();
      t.deepEqual(
        all,
        [...all].sort((a, b) => a - b),
      );
      t.is(all.at(-1), 100);
    }),
  );
  t.is(percentOf('running', 50, { fetching: 30, storing: 30 }), 50);
});
