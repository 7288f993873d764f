// Writes the table of a scenario's keys in docs/simulation.md from their schema. A test checks that it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { scenarioSchema } from '../sim/scenario/schema.ts';
import { unwrapped } from '../src/config/settings.ts';

const BEGIN = '<!-- keys: written by scripts/generate-scenario-docs.ts -->';
const END = '<!-- end of keys -->';
const PAGE = new URL('../docs/simulation.md', import.meta.url);

/** The page with its table of keys written anew. */
export function withScenarioKeys(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`the page lacks "${BEGIN}" or "${END}"`);
  const header = ['| key | default | what for |', '| --- | --- | --- |'];
  return `${before}${[BEGIN, ...header, ...rowsOf(scenarioSchema, ''), END].join('\n')}${after}`;
}

function rowsOf(schema: z.ZodType, place: string): string[] {
  const inner = unwrapped(schema);
  // The settings of a peer have a page of their own.
  if (inner instanceof z.ZodObject && place !== 'settings') {
    return Object.entries(inner.shape).flatMap(([key, value]) =>
      rowsOf(value as z.ZodType, place ? `${place}.${key}` : key),
    );
  }
  const items = inner instanceof z.ZodArray ? unwrapped(inner.element as z.ZodType) : undefined;
  const nested = items instanceof z.ZodObject ? rowsOf(items, `${place}[]`) : [];
  return [rowOf(schema, inner, place), ...nested];
}

function rowOf(schema: z.ZodType, inner: z.ZodType, place: string): string {
  const reason = (schema.description ?? inner.description ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
  const choices =
    inner instanceof z.ZodEnum ? ` One of ${inner.options.map((option) => `\`${option}\``).join(', ')}.` : '';
  return `| \`${place}\` | ${defaultOf(schema)} | ${reason}${choices} |`;
}

function defaultOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success) return 'required';
  if (parsed.data === undefined || (Array.isArray(parsed.data) && parsed.data.length === 0)) return 'none';
  if (typeof parsed.data === 'object' && !Array.isArray(parsed.data)) return 'those of a peer';
  return `\`${typeof parsed.data === 'string' ? parsed.data : JSON.stringify(parsed.data)}\``;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withScenarioKeys(readFileSync(PAGE, 'utf8')));
}
