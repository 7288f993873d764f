import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readDescription } from '../../src/config/description-file.ts';
import { systemClock } from '../../src/platform/system.ts';
import { openCommands } from '../../src/processes/open-commands.ts';
import { literal, processes, run, textOf } from './helpers/tasks.ts';

test('without bubblewrap programs are offered only where they are allowed, and the log tells what is not', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-commands-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const say = `id: say
title: Say
program: /bin/echo
arguments: ['{word}']
inputs: { word: { type: text, title: Word } }
outputs: { words: { type: words, title: Words } }
`;
  await writeFile(path.join(folder, 'say.yaml'), say);
  await writeFile(path.join(folder, 'wrong.yaml'), 'id: wrong\n');
  for (const allowUnsandboxed of [false, true]) {
    const logged: string[] = [];
    const write = (fields: object, message: string) => logged.push(`${message} ${JSON.stringify(fields)}`);
    const provider = await openCommands({
      folders: [folder],
      reader: { read: readDescription },
      allowUnsandboxed,
      readOnlyFolders: [],
      searchPath: '/nowhere',
      clock: systemClock,
      log: { debug: write, info: write, warn: write, error: write },
      options: { ...processes.commands, niceness: 0, maxRuns: 1 },
    });
    t.is(provider.list().length, allowUnsandboxed ? 1 : 0);
    t.true(logged.some((line) => /wrong\.yaml/.test(line)));
    t.true(logged.some((line) => /bwrap/.test(line)));
    if (allowUnsandboxed)
      t.is(textOf(await run(provider, 'say', { word: literal('ä b') }), 'words'), 'ä b\n');
    await provider.stop();
  }
});
