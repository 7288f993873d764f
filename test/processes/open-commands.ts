import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readDescription } from '../../src/config/description-file.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { Log } from '../../src/platform/log.ts';
import { systemClock } from '../../src/platform/system.ts';
import { openCommands } from '../../src/processes/open-commands.ts';
import type { Sandbox } from '../../src/processes/sandbox/launch.ts';
import { unsandboxed } from '../../src/processes/sandbox/plain.ts';
import { literal, processes, run, textOf } from './helpers/tasks.ts';

const SAY = `id: say
title: Say
program: /bin/echo
arguments: ['{word}']
inputs: { word: { type: text, title: Word } }
outputs: { words: { type: words, title: Words } }
`;

async function folderOf(t: ExecutionContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-commands-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

function open(folders: string[], sandbox: Sandbox | undefined, logged: string[], clock: Clock = systemClock) {
  const write = (fields: object, message: string) => logged.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const options = { ...processes.commands, niceness: 0, maxRuns: 1 };
  const reader = { read: readDescription };
  return openCommands({ folders, reader, sandbox, searchPath: '/nowhere', clock, log, options });
}

test('descriptions are offered where there is a sandbox; the log tells which of them is wrong', async (t) => {
  const folder = await folderOf(t, { 'say.yaml': SAY, 'wrong.yaml': 'id: wrong\n' });
  for (const sandbox of [undefined, unsandboxed]) {
    const logged: string[] = [];
    const provider = await open([folder], sandbox, logged);
    t.is(provider.list().length, sandbox ? 1 : 0);
    t.true(logged.some((line) => /wrong\.yaml/.test(line)));
    if (sandbox) t.is(textOf(await run(provider, 'say', { word: literal('ä b') }), 'words'), 'ä b\n');
    await provider.stop();
  }
});

test('what is added, changed or removed in a folder is noticed and told; a wrong file is logged once', async (t) => {
  const folder = await folderOf(t, { 'say.yaml': SAY });
  const logged: string[] = [];
  let scan = () => {};
  const scheduled = () => new Promise<void>((resolve) => waiting.push(resolve));
  const waiting: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    after: (_delay, callback) => {
      scan = callback;
      waiting.shift()?.();
      return { cancel: () => {} };
    },
  };
  const provider = await open([folder], unsandboxed, logged, clock);
  t.teardown(() => provider.stop());
  let changes = 0;
  provider.onChange(() => {
    changes += 1;
  });
  const look = async () => {
    const next = scheduled();
    scan();
    await next;
    return provider.list().map(({ id, title }) => `${id} ${title}`);
  };
  t.deepEqual(await look(), ['say Say']);
  t.is(changes, 0);

  await writeFile(path.join(folder, 'tell.yaml'), SAY.replace('id: say', 'id: tell'));
  await writeFile(path.join(folder, 'wrong.yaml'), 'id: wrong\n');
  t.deepEqual(await look(), ['say Say', 'tell Say']);
  await look();
  t.is(logged.length, 1);
  await writeFile(path.join(folder, 'say.yaml'), SAY.replace('title: Say', 'title: Said'));
  t.deepEqual(await look(), ['say Said', 'tell Say']);
  await rm(path.join(folder, 'say.yaml'));
  t.deepEqual(await look(), ['tell Say']);
  t.is(changes, 3);

  await rm(folder, { recursive: true });
  t.deepEqual(await look(), ['tell Say'], 'a folder that is gone for now counts as it was');
});
