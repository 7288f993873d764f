// Writes docs/configuration.md from the schemas of src/config. A test checks that it is current.
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Setting, settings, unwrapped } from '../src/config/settings.ts';
import { configSchema } from '../src/config.ts';

const INTRODUCTION = `# Configuration

Every setting has a default; a peer needs no configuration at all. Settings come from a YAML file
(\`gismesh start --config FILE\`, or \`config.yaml\` in the data folder) and, above those, from the options of
\`gismesh start\`. An unknown key is refused, with the nearest known name. Paths in a file are relative to it.

\`\`\`yaml
node:
  name: lab-07
placement:
  policy: bid
\`\`\`

This page is generated from the schemas in \`src/config\` by \`scripts/generate-configuration-docs.ts\`.
`;

/** The whole page. */
export function configurationDocs(): string {
  const sections = Object.entries(configSchema.shape).map(([name, schema]) => section(name, schema));
  return `${[INTRODUCTION, ...sections].join('\n')}`;
}

function section(name: string, schema: z.ZodType): string {
  const purpose = unwrapped(schema).description ?? schema.description;
  const rows = settings(schema, name).map(row);
  const table = ['| setting | default | what for, and why this value |', '| --- | --- | --- |', ...rows];
  return [`## ${name}`, '', ...(purpose ? [purpose, ''] : []), ...table, ''].join('\n');
}

function row({ place, reason, default: value, type }: Setting): string {
  const text = reason.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return `| \`${place}\` | ${describeDefault(value)} | ${text}${describeChoices(type)} |`;
}

function describeDefault(value: unknown): string {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return 'none';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function describeChoices(type: z.ZodType): string {
  if (!(type instanceof z.ZodEnum)) return '';
  return ` One of ${type.options.map((option) => `\`${option}\``).join(', ')}.`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationDocs());
}
