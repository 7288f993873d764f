import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { signalTo } from '../../../src/processes/sandbox/signal.ts';

/** A shell with a child, both in a group of their own; the child tells its id. */
async function familyOf(script: string) {
  const shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(shell.stdout, 'data')) as [Buffer];
  return { shell, ended: once(shell, 'exit'), closed: once(shell.stdout, 'close'), child: Number(line) };
}

test('a process hears what it is sent', async (t) => {
  const { shell, ended } = await familyOf('trap "exit 7" TERM; echo 0; while :; do sleep 0.01; done');
  signalTo(shell.pid as number, 'SIGTERM');
  t.deepEqual(await ended, [7, null]);
});

test('a negative number is a group: all of it hears', async (t) => {
  const { shell, ended, closed } = await familyOf('sleep 1000 & echo $!; wait');
  signalTo(-(shell.pid as number), 'SIGKILL');
  t.deepEqual(await ended, [null, 'SIGKILL']);
  // The child had the pipe open as well.
  await closed;
  t.pass();
});

test('who is gone already hears nothing, and nobody has to care', async (t) => {
  const { shell, ended } = await familyOf('echo 0');
  await ended;
  t.notThrows(() => signalTo(shell.pid as number, 'SIGKILL'));
  t.notThrows(() => signalTo(-(shell.pid as number), 'SIGKILL'));
});
