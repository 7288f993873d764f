import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { GismeshError } from '../../../src/core/errors.ts';
import { systemClock } from '../../../src/platform/system.ts';
import { CommandProcesses } from '../../../src/processes/command/provider.ts';
import { unsandboxed } from '../../../src/processes/sandbox/plain.ts';
import { providerCompliance } from '../compliance/provider.ts';
import { command, script, suiteCommands, withCommands } from '../helpers/commands.ts';
import { box, complex, errorOf, limits, literal, processes, run, textOf } from '../helpers/tasks.ts';

providerCompliance(test.serial, 'command without sandbox', (use) =>
  withCommands(suiteCommands, unsandboxed, (provider) =>
    use({
      provider,
      quick: {
        process: 'say',
        given: { name: literal('you; echo $HOME `id` {name}') },
        check: (ran) => textOf(ran, 'words') === 'hello you; echo $HOME `id` {name}\n',
      },
      endless: { process: 'count', given: {} },
      failing: { process: 'fail', given: {} },
    }),
  ),
);

test.serial('values, files, boxes and flags become arguments; what is not given leaves its group out', (t) =>
  withCommands(
    [
      command({
        id: 'show',
        arguments: [
          '-c',
          'for a in "$@"; do echo "[$a]"; done; cat "$1"',
          'sh',
          '{file}',
          ['-n', '{number}'],
          ['-o', '{absent}'],
          ['-b', '{box.west}', '{box.north}'],
          { if: 'yes', add: ['--yes'] },
          { if: 'no', add: ['--no'] },
        ],
        inputs: {
          file: {
            type: 'file',
            title: 'File',
            formats: [{ mediaType: 'text/csv', extension: 'csv', text: true }],
          },
          number: { type: 'number', title: 'Numbers', repeat: 3 },
          absent: { type: 'text', title: 'Absent', optional: true },
          box: { type: 'box', title: 'Box' },
          yes: { type: 'boolean', title: 'Yes', default: false },
          no: { type: 'boolean', title: 'No', default: false },
        },
      }),
    ],
    unsandboxed,
    async (provider) => {
      const ran = await run(provider, 'show', {
        file: complex('a,b\n', 'text/csv'),
        number: [literal(1), literal(-2.5)],
        box: box([50, 7], [51, 8], 'EPSG:4326'),
        yes: literal(true),
      });
      const [file, ...lines] = textOf(ran, 'words').trim().split('\n');
      t.regex(file ?? '', /inputs\/file-0\.csv\]$/);
      t.deepEqual(lines, ['[-n]', '[1]', '[-n]', '[-2.5]', '[-b]', '[7]', '[51]', '[--yes]', 'a,b']);
    },
  ),
);

test.serial('files of an input are numbered from 0 on, whatever else is given', (t) => {
  const formats = [{ mediaType: 'text/plain', extension: 'txt', text: true }];
  const show = command({
    id: 'show',
    arguments: ['-c', 'basename -a "$@"', 'sh', ['{b}']],
    inputs: {
      a: { type: 'text', title: 'Text' },
      b: { type: 'file', title: 'Files', repeat: 3, formats },
    },
  });
  return withCommands([show], unsandboxed, async (provider) => {
    const ran = await run(provider, 'show', { a: literal('x'), b: [complex('1'), complex('2')] });
    t.is(textOf(ran, 'words'), 'b-0.txt\nb-1.txt\n');
  });
});

test.serial('a value that looks like an option, or does not fit its pattern, is refused by name', (t) =>
  withCommands(
    [
      command({
        id: 'one',
        program: 'echo',
        arguments: ['{word}', ['-x', '{safe}']],
        inputs: {
          word: { type: 'text', title: 'Word', default: 'a' },
          safe: { type: 'text', title: 'Safe', default: 'a', pattern: '\\w+' },
        },
      }),
    ],
    unsandboxed,
    async (provider) => {
      const option = await errorOf(run(provider, 'one', { word: literal('--config') }));
      t.is(option.code, 'INPUT_INVALID');
      t.is(option.locator, 'word');
      const pattern = await errorOf(run(provider, 'one', { safe: literal('a b') }));
      t.is(pattern.locator, 'safe');
    },
  ),
);

test.serial('an output that was not made, or is a link to elsewhere, fails the run', (t) => {
  const outputs = {
    result: {
      type: 'file',
      title: 'Result',
      formats: [{ mediaType: 'text/plain', extension: 'txt', text: true }],
    },
  };
  return withCommands(
    [
      script('made', 'echo made > outputs/result.txt', { outputs }),
      script('none', 'echo nothing to do', { outputs }),
      script('link', 'ln -s /etc/passwd outputs/result.txt', { outputs }),
      script('folder', 'rmdir outputs; ln -s /etc outputs', {
        outputs: { passwd: { ...outputs.result, formats: [{ mediaType: 'text/plain', extension: 'd' }] } },
      }),
    ],
    unsandboxed,
    async (provider) => {
      t.is(textOf(await run(provider, 'made', {}), 'result'), 'made\n');
      t.is(
        (await errorOf(run(provider, 'none', {}))).message,
        'The program made no output "result" (outputs/result.txt): nothing to do',
      );
      t.regex((await errorOf(run(provider, 'link', {}))).message, /no plain file/);
      t.is((await errorOf(run(provider, 'folder', {}))).code, 'JOB_FAILED');
    },
  );
});

test.serial('exit codes mean what the description says', (t) =>
  withCommands(
    [
      script('odd', 'exit 1', { success: [0, 1] }),
      script('known', 'echo words >&2; exit 7', { failures: { 7: 'The moon was full' } }),
      script('killed', 'kill -SEGV $$'),
    ],
    unsandboxed,
    async (provider) => {
      t.is((await run(provider, 'odd', {})).outputs.length, 1);
      t.is((await errorOf(run(provider, 'known', {}))).message, 'The moon was full: words');
      t.is((await errorOf(run(provider, 'killed', {}))).code, 'JOB_FAILED');
    },
  ),
);

test.serial('a program that tells its trouble on stdout is heard, also where that is the output', (t) =>
  withCommands([script('moans', 'echo no such layer; exit 3')], unsandboxed, async (provider) => {
    t.is((await errorOf(run(provider, 'moans', {}))).message, 'sh ended with exit code 3: no such layer');
  }),
);

/** Tries to divide the letters in every way before it gives up. */
const ENDLESS = '(a+)+c';
const LETTERS = 'a'.repeat(60);

test.serial('a pattern that finds no end stops neither the peer nor the program', (t) =>
  withCommands(
    [
      script('progress', `echo ${LETTERS}b; echo 50%; echo done`, { progress: { pattern: ENDLESS } }),
      script('output', `echo ${LETTERS}b`, {
        outputs: { found: { type: 'text', title: 'Found', pattern: ENDLESS } },
      }),
      script('input', 'true', {
        inputs: { letters: { type: 'text', title: 'Letters', pattern: ENDLESS } },
      }),
    ],
    unsandboxed,
    async (provider) => {
      const { outputs, lines } = await run(provider, 'progress', {});
      t.is(outputs.length, 1);
      t.regex(lines.join(), /no more progress is told/);
      t.regex((await errorOf(run(provider, 'output', {}))).message, /pattern of output "found" is too slow/);
      const refused = await errorOf(run(provider, 'input', { letters: literal(LETTERS) }));
      t.regex(refused.message, /Input "letters" cannot be held against/);
    },
  ),
);

test.serial('where no scratch folder can be made another peer may run it', (t) =>
  withCommands([script('any', 'echo made')], unsandboxed, async (provider) => {
    const scratch = path.join(fileURLToPath(import.meta.url), 'below-a-file');
    t.is((await errorOf(run(provider, 'any', {}, { scratch }))).code, 'PROCESS_UNAVAILABLE');
  }),
);

test.serial('a description may be stricter than its peer', (t) =>
  withCommands(
    [
      script('slow', 'sleep 60', { limits: { seconds: 0.2 } }),
      script('large', 'head -c 5000000 /dev/zero > big; sleep 60', { limits: { scratchMiB: 1 } }),
    ],
    unsandboxed,
    async (provider) => {
      t.regex((await errorOf(run(provider, 'slow', {}))).message, /longer than the 0.2 s/);
      t.regex((await errorOf(run(provider, 'large', {}))).message, /scratch space than its limit of 1 MiB/);
    },
    { pollMs: 50 },
  ),
);

test.serial('a program that prints for ever, fills the disk or forks is ended', (t) =>
  withCommands(
    [
      script('prints', 'yes'),
      script('large', 'head -c 50000000 /dev/zero > big; sleep 60'),
      script('many', 'while true; do head -c 1000000 /dev/urandom > f$((i = i + 1)); done'),
      script('files', 'while true; do : > f$((i = i + 1)); done'),
      script('forks', 'while true; do sleep 30 & done'),
    ],
    unsandboxed,
    async (provider) => {
      const small = { limits: { scratchBytes: 20_000_000 } };
      for (const [process, words] of [
        ['prints', /words/],
        ['large', /scratch space/],
        ['many', /scratch space/],
        ['files', /more than 300 files/],
        ['forks', /more than 20 processes/],
      ] as const) {
        const error = await errorOf(run(provider, process, {}, small));
        t.is(error.code, 'PROCESS_LIMIT_EXCEEDED', `${process}: ${error.message}`);
        t.regex(error.message, words);
      }
    },
    { maxOutputBytes: 1_000_000, maxFiles: 300, maxProcesses: 20, pollMs: 50 },
  ),
);

test.serial(
  'processes are offered only where their programs are, and that is told when it changes',
  async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-programs-'));
    t.teardown(() => rm(folder, { recursive: true }));
    let wake = () => {};
    const provider = new CommandProcesses({
      commands: [command({ id: 'own', program: 'own-program', needs: ['sh'] }), command({ id: 'sh' })],
      sandbox: unsandboxed,
      clock: {
        ...systemClock,
        after: (_delay, callback) => {
          wake = callback;
          return { cancel: () => {} };
        },
      },
      options: { ...processes.commands, niceness: 0, maxRuns: 1 },
      searchPath: `${folder}:/usr/bin:/bin`,
    });
    let changes = 0;
    provider.onChange(() => {
      changes += 1;
    });
    const ids = () => provider.list().map(({ id }) => id);
    t.deepEqual(ids(), ['sh']);
    wake();
    t.is(changes, 0);
    await writeFile(path.join(folder, 'own-program'), '#!/bin/sh\n');
    await chmod(path.join(folder, 'own-program'), 0o755);
    wake();
    t.deepEqual(ids(), ['own', 'sh']);
    t.is(changes, 1);
    await provider.stop();
  },
);

test('without a sandbox nothing is offered', async (t) => {
  const provider = new CommandProcesses({
    commands: suiteCommands,
    sandbox: undefined,
    clock: systemClock,
    options: { ...processes.commands, niceness: 0, maxRuns: 1 },
    searchPath: process.env.PATH ?? '',
  });
  t.deepEqual(provider.list(), []);
  const context = {
    signal: AbortSignal.timeout(1e6),
    clock: systemClock,
    onProgress: () => {},
    log: () => {},
  };
  const task = { process: 'say', inputs: [], outputs: [], scratch: tmpdir(), limits };
  await t.throwsAsync(provider.run(task, context), { instanceOf: GismeshError, code: 'PROCESS_UNKNOWN' });
  await provider.stop();
});
