import { readFile } from 'node:fs/promises';
import test from 'ava';
import { errorCode, GismeshError } from '../../src/core/errors.ts';

const source = await readFile(new URL('../../src/core/errors.ts', import.meta.url), 'utf8');
const codes = [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code]) => code!);

test('docs/errors.md lists every code with its remedy, and no other', async (t) => {
  const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \|$/gm)].map(([, code]) => code!);
  t.true(codes.length > 20);
  t.deepEqual(listed.sort(), codes.sort());
});

test('what the project did not throw itself is INTERNAL', (t) => {
  t.is(errorCode(new GismeshError('BUSY', 'full')), 'BUSY');
  t.is(errorCode(new TypeError('x')), 'INTERNAL');
  t.is(errorCode('text'), 'INTERNAL');
});
