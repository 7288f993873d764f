import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { unsandboxed } from '../../../src/processes/sandbox/plain.ts';
import { command, script, withCommands } from '../helpers/commands.ts';
import { bytesOf, complex, errorOf, literal, run, textOf } from '../helpers/tasks.ts';

/** Names and sizes of what is in a zip, by its central directory (APPNOTE.TXT, section 4.3.12). */
function listed(bytes: Uint8Array): string {
  const zip = Buffer.from(bytes);
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = zip.readUInt32LE(end + 16);
  const entries = Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const entry = `${zip.toString('utf8', at + 46, at + 46 + name)}:${zip.readUInt32LE(at + 24)}`;
    at += 46 + name + extra + comment;
    return entry;
  });
  return entries.join(' ');
}

const made = { type: 'folder', title: 'What is made' };
const values = {
  COUNT: { type: 'integer', title: 'Count', pattern: '^COUNT: (.*)$' },
  MEAN: { type: 'number', title: 'Mean', pattern: '^MEAN: (.*)$', optional: true },
  NAME: { type: 'text', title: 'Name', pattern: '^NAME: (.*)$', optional: true },
};

test.serial('a folder comes as one zip, without what its links point to', (t) =>
  withCommands(
    [
      script(
        'folder',
        'cd outputs/made; mkdir b; printf 12345 > b/c.txt; printf 1 > a.txt; ln -s /etc/passwd p; ln -s /etc e',
        { outputs: { made } },
      ),
      script('swapped', 'rmdir outputs/made; ln -s /etc outputs/made', { outputs: { made } }),
      script('named', "printf 1 > 'outputs/made/..\\..\\b'", { outputs: { made } }),
    ],
    unsandboxed,
    async (provider) => {
      t.is(listed(bytesOf(await run(provider, 'folder', {}), 'made')), 'a.txt:1 b/c.txt:5');
      t.regex((await errorOf(run(provider, 'swapped', {}))).message, /no plain file/);
      t.regex((await errorOf(run(provider, 'named', {}))).message, /cannot be zipped/);
    },
  ),
);

test.serial('files that belong together come as one zip', (t) =>
  withCommands(
    [
      script('parts', 'cd outputs; printf 1 > shape.shp; printf 12 > shape.dbf; printf 3 > other.dbf', {
        outputs: {
          shape: {
            type: 'file',
            title: 'A shapefile',
            formats: [{ mediaType: 'application/x-shapefile', extension: 'shp', zip: true }],
          },
        },
      }),
    ],
    unsandboxed,
    async (provider) => {
      t.is(listed(bytesOf(await run(provider, 'parts', {}), 'shape')), 'shape.dbf:2 shape.shp:1');
    },
  ),
);

test.serial('values are found in what the program says, the last of them; it is logged all the same', (t) =>
  withCommands(
    [
      script('counts', 'echo "COUNT: 1"; echo "COUNT: 7"; echo "MEAN: nan"', { outputs: values }),
      script('wrong', 'echo "COUNT: many"', { outputs: values }),
      script('silent', ':', { outputs: values }),
    ],
    unsandboxed,
    async (provider) => {
      const ran = await run(provider, 'counts', {});
      t.deepEqual(
        ran.outputs.map(({ id, value }) => [id, value.kind === 'literal' && value.value]),
        [['COUNT', '7']],
      );
      t.deepEqual(ran.lines, ['COUNT: 1', 'COUNT: 7', 'MEAN: nan']);
      t.regex((await errorOf(run(provider, 'wrong', {}))).message, /"many" as output "COUNT": no integer/);
      t.regex((await errorOf(run(provider, 'silent', {}))).message, /made no output "COUNT"/);
    },
  ),
);

test.serial('an output that may be missing is made when it is wished for', (t) => {
  const formats = [{ mediaType: 'text/plain', extension: 'txt', text: true }];
  return withCommands(
    [
      command({
        id: 'some',
        arguments: ['-c', 'echo "$@"; [ -z "$2" ] || echo 2 > "$2"', 'sh', 'always', ['{more}'], ['{never}']],
        outputs: {
          words: { type: 'words', title: 'Words' },
          more: { type: 'file', title: 'More', optional: true, formats },
          never: { type: 'file', title: 'Never', optional: true, formats },
        },
      }),
    ],
    unsandboxed,
    async (provider) => {
      const few = await run(provider, 'some', {}, { outputs: ['words'] });
      t.is(textOf(few, 'words'), 'always\n');
      const all = await run(provider, 'some', {}, { outputs: ['words', 'more', 'never'] });
      t.is(textOf(all, 'more'), '2\n');
      t.deepEqual(
        all.outputs.map(({ id }) => id),
        ['words', 'more'],
      );
    },
  );
});

test.serial(
  'an empty file is no output of a format that has a beginning, however well its program ended',
  (t) => {
    const output = (mediaType: string, optional = false) => ({
      result: { type: 'file', title: 'Result', optional, formats: [{ mediaType, extension: 'x' }] },
    });
    const never = [
      'application/geo+json',
      'text/xml; subtype=gml/3.1.1',
      'application/vnd.google-earth.kml+xml',
      'application/geopackage+sqlite3',
      'image/tiff; application=geotiff',
      'application/vnd.flatgeobuf',
    ];
    const empty = 'echo found nothing >&2; : > outputs/result.x';
    const mayBe = ['text/csv', 'text/plain', 'application/octet-stream', 'application/json-seq'];
    return withCommands(
      [
        ...never.map((type, at) => script(`never-${at}`, empty, { outputs: output(type) })),
        ...mayBe.map((type, at) => script(`may-${at}`, empty, { outputs: output(type) })),
        script('optional', empty, { outputs: output('image/png', true) }),
      ],
      unsandboxed,
      async (provider) => {
        for (const [at, type] of never.entries()) {
          const { code, message } = await errorOf(run(provider, `never-${at}`, {}));
          t.is(code, 'JOB_FAILED', type);
          t.regex(message, /made no output "result" .*: found nothing/);
        }
        for (const [at, type] of mayBe.entries()) {
          t.is(bytesOf(await run(provider, `may-${at}`, {}), 'result').length, 0, type);
        }
        t.deepEqual((await run(provider, 'optional', {})).outputs, []);
      },
    );
  },
);

test.serial('a program gets what stands for a value, or all values at once; dots count as progress', (t) =>
  withCommands(
    [
      command({
        id: 'choices',
        arguments: [
          '-c',
          'echo "$@"',
          'sh',
          ['--all={choice.list}'],
          ['-c', '{choice}'],
          ['--no={none.list}'],
        ],
        inputs: {
          choice: { type: 'text', title: 'Choice', repeat: 3, passed: { two: '2' } },
          none: { type: 'text', title: 'None', optional: true },
        },
      }),
      command({
        id: 'style',
        arguments: ['-c', 'echo "$1"; printf "0...10.." >&2', 'sh', '{style}'],
        inputs: {
          style: { type: 'text', title: 'Style', allowed: ['Round', 'Flat'], passed: { Flat: '1' } },
        },
        progress: { pattern: '(\\d+)(\\.*)', dot: 2.5 },
      }),
    ],
    unsandboxed,
    async (provider) => {
      const ran = await run(provider, 'style', { style: literal('Flat') });
      t.is(textOf(ran, 'words'), '1\n');
      t.is(ran.progress.at(-1), 15);
      t.is(textOf(await run(provider, 'style', { style: literal('Round') }), 'words'), 'Round\n');
      const choices = await run(provider, 'choices', { choice: [literal('one'), literal('two')] });
      t.is(textOf(choices, 'words'), '--all=one,2 -c one -c 2\n');
    },
  ),
);

test.serial('an input that a program changes in place is a copy, which is the output', (t) =>
  withCommands(
    [
      command({
        id: 'add',
        arguments: ['-c', 'echo more >> "$1"', 'sh', '{lines}'],
        inputs: {
          lines: {
            type: 'file',
            title: 'Lines',
            formats: [
              { mediaType: 'text/plain', extension: 'txt', text: true },
              { mediaType: 'text/csv', extension: 'csv', text: true },
            ],
          },
        },
        outputs: { added: { type: 'changed', title: 'With more', input: 'lines' } },
      }),
    ],
    unsandboxed,
    async (provider) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-changed-'));
      t.teardown(() => rm(folder, { recursive: true }));
      const file = path.join(folder, 'lines');
      await writeFile(file, 'some\n');
      const given = { ...complex('', 'text/csv'), content: { at: 'file', path: file } as const };
      for (const lines of [given, complex('some\n', 'text/csv')]) {
        const ran = await run(provider, 'add', { lines });
        t.is(textOf(ran, 'added'), 'some\nmore\n');
        const [output] = ran.outputs;
        t.is(output?.value.kind === 'complex' && output.value.format.mediaType, 'text/csv');
      }
      t.is(await readFile(file, 'utf8'), 'some\n');
    },
  ),
);
