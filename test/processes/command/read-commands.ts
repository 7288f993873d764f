import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { readDescription } from '../../../src/config/description-file.ts';
import { describeCommand } from '../../../src/processes/command/describe.ts';
import { readCommands } from '../../../src/processes/command/read-commands.ts';
import { commandSchema } from '../../../src/processes/command/schema.ts';
import { unsandboxed } from '../../../src/processes/sandbox/plain.ts';
import { shippedCommands, withCommands } from '../helpers/commands.ts';
import { complex, literal, run, textOf } from '../helpers/tasks.ts';

async function problemsOf(...texts: readonly string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-commands-'));
  const problems: string[] = [];
  try {
    for (const [index, text] of texts.entries()) {
      await writeFile(path.join(folder, `${['one', 'two'][index]}.yaml`), text);
    }
    await readCommands(folder, { read: readDescription }, ({ message }) => problems.push(message));
  } finally {
    await rm(folder, { recursive: true });
  }
  return problems.join('\n');
}

const GOOD = `id: one
title: One
program: echo
arguments: ['{word}', '{result}']
inputs:
  word: { type: text, title: Word }
outputs:
  result: { type: file, title: Result, formats: [{ mediaType: text/plain, extension: txt }] }
`;

test('what is shipped can be read and described', async (t) => {
  const commands = await shippedCommands();
  t.is(commands.length, 8);
  for (const command of commands) {
    const { inputs, outputs } = describeCommand(command);
    t.true(inputs.length > 0 && outputs.length === 1, command.id);
  }
});

test('problems name the file, the line and the nearest key', async (t) => {
  t.is(await problemsOf(GOOD), '');
  t.regex(
    await problemsOf(GOOD.replace('program:', 'progam:')),
    /one\.yaml:3: progam is not a known setting: did you mean "program"/,
  );
  t.regex(
    await problemsOf(GOOD.replace('type: text, title', 'type: text, titel')),
    /one\.yaml:6: inputs\.word/,
  );
  t.regex(await problemsOf(GOOD.replace('{word}', '{wrod}')), /\{wrod\} is neither an input nor an output/);
  t.regex(
    await problemsOf(`${GOOD}progress: { pattern: '(' }\n`),
    /progress\.pattern: Invalid regular expression/,
  );
  // An escape that means nothing is a mistake where characters are those of Unicode.
  t.regex(
    await problemsOf(GOOD.replace('title: Word', "title: Word, pattern: '[a-z\\-\\@]+'")),
    /inputs\.word\.pattern: Invalid regular expression/,
  );
  t.regex(await problemsOf(GOOD.replace('id: one', 'id: ../one')), /one\.yaml:1: id/);
  t.regex(await problemsOf('- a list'), /mapping/);
  t.regex(await problemsOf(GOOD, GOOD), /two\.yaml: id: .*one\.yaml describes "one" already/);
});

test('the example of the documentation works', async (t) => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(await readFile('docs/processes.md', 'utf8')) ?? [];
  t.is(await problemsOf(example), '');
  await withCommands([commandSchema.parse(parse(example))], unsandboxed, async (provider) => {
    const given = { file: complex('one two\nthree\n', 'text/plain'), words: literal(true) };
    t.regex(textOf(await run(provider, 'count', given), 'counts'), /^\s*2\s+3 .*inputs\/file-0\.txt\n$/);
  });
});

test('a folder that is not there is told', async (t) => {
  await t.throwsAsync(
    readCommands('/nowhere', { read: readDescription }, () => {}),
    { code: 'CONFIG_INVALID' },
  );
});
