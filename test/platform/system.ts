import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { systemClock, systemRandom } from '../../src/platform/system.ts';
import { testClockCompliance } from './compliance/clock.ts';
import { testRandomCompliance } from './compliance/random.ts';

/** Timers of the system clock keep no process alive; this one keeps the test's. */
async function keptAlive<T>(promise: Promise<T>): Promise<T> {
  const alive = setInterval(() => {}, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(alive);
  }
}

testClockCompliance('system', () => ({ clock: systemClock, run: keptAlive }));
testRandomCompliance('system', () => systemRandom);

test('a timer keeps no process alive', async (t) => {
  const module = new URL('../../src/platform/system.ts', import.meta.url).href;
  const program = `import { systemClock } from ${JSON.stringify(module)};
    systemClock.after(3_600_000, () => {});
    console.log('done');`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 60_000,
  });
  t.is((await run).stdout, 'done\n');
});
