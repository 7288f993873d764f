import { readFile } from 'node:fs/promises';
import test from 'ava';
import { parse } from 'yaml';
import { withScenarioKeys } from '../../scripts/generate-scenario-docs.ts';
import { parseScenario } from '../../sim/scenario/load.ts';

const page = await readFile(new URL('../../docs/simulation.md', import.meta.url), 'utf8');

test('the keys in docs/simulation.md are current', (t) => {
  t.is(page, withScenarioKeys(page), 'run "npm run docs"');
  t.regex(page, /\| `load\.ofCapacity` \|/);
});

test('the scenarios in docs/simulation.md are valid', (t) => {
  const examples = [...page.matchAll(/```yaml\n(name: [\s\S]*?)```/g)].map(([, text]) => text!);
  t.true(examples.length > 0);
  for (const example of examples) t.notThrows(() => parseScenario(parse(example)));
});
