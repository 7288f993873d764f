import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Standstill } from '../../../src/processes/sandbox/standstill.ts';

const LOOK_MS = 5;

/** A program with children and a grandchild, in a group of its own; the ids of all of them, its own first. */
async function program(t: ExecutionContext): Promise<{ child: ChildProcess; pids: number[] }> {
  const script = 'sleep 1000 & echo $!; sh -c "sleep 1000 & echo \\$\\$ \\$!; wait" & wait';
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => kill(child));
  const pids = [child.pid as number];
  for await (const chunk of child.stdout) {
    pids.push(...String(chunk).trim().split(/\s+/).map(Number));
    if (pids.length === 4) break;
  }
  return { child, pids };
}

function kill({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid as number), 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** As Linux tells: `T` for one that was stopped; '' for one that is gone. */
function stateOf(pid: number): string {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** Until the condition holds; a test that waits in vain is ended by ava. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(LOOK_MS);
}

const isStopped = (pid: number) => stateOf(pid) === 'T';

for (const isGuarded of [true, false]) {
  test(`all processes stop, and all go on; guarded: ${isGuarded}`, async (t) => {
    const { child, pids } = await program(t);
    const standstill = new Standstill(child.pid, isGuarded);
    standstill.set(true);
    await until(() => pids.every(isStopped));
    standstill.set(false);
    await until(() => !pids.some(isStopped));
    standstill.set(true);
    await until(() => pids.every(isStopped));
    standstill.set(false);
    // They sleep again once each has had its turn at a core.
    await until(() => pids.every((pid) => stateOf(pid) === 'S'));
    standstill.end();
    t.pass();
  });
}

test('of changes that follow each other at once the last one counts', async (t) => {
  const { child, pids } = await program(t);
  const standstill = new Standstill(child.pid, true);
  for (const still of [true, false, true, false, true]) standstill.set(still);
  await until(() => pids.every(isStopped));
  for (const still of [false, true, false]) standstill.set(still);
  await until(() => !pids.some(isStopped));
  standstill.end();
  t.pass();
});

test('what stands still can be killed; after its end nobody is sent anything', async (t) => {
  const { child, pids } = await program(t);
  const standstill = new Standstill(child.pid, false);
  standstill.set(true);
  await until(() => pids.every(isStopped));
  const ended = once(child, 'exit');
  kill(child);
  t.deepEqual(await ended, [null, 'SIGKILL']);
  standstill.end();
  standstill.set(false);
  standstill.set(true);
  // Whoever has one of the ids next is not meant.
  const { child: another, pids: others } = await program(t);
  const over = new Standstill(another.pid, true);
  over.end();
  over.set(true);
  const alive = new Standstill(others[1], true);
  alive.set(true);
  await until(() => isStopped(others[1] as number));
  t.false(isStopped(others[0] as number));
  alive.end();
});
