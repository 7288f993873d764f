import { readFile } from 'node:fs/promises';
import test from 'ava';
import { configurationDocs } from '../../scripts/generate-configuration-docs.ts';

test('docs/configuration.md is current', async (t) => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  t.is(page, configurationDocs(), 'run "node scripts/generate-configuration-docs.ts"');
});
