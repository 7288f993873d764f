import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { FileFlusher } from '../../src/platform/file-flusher.ts';

test('those who come while a flush is under way share the next one; a closed flusher begins anew', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-flush-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'log');
  await writeFile(file, 'x');
  const flusher = new FileFlusher(file);
  const first = flusher.flush();
  await Promise.resolve();
  const [second, third] = [flusher.flush(), flusher.flush()];
  t.not(first, second);
  t.is(second, third);
  await Promise.all([first, second]);
  await flusher.close();
  await flusher.flush();
  await flusher.close();
});

test('what the disk refuses is told, and tried again the next time', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-flush-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'log');
  const flusher = new FileFlusher(file);
  await t.throwsAsync(flusher.flush(), { code: 'ENOENT' });
  await writeFile(file, 'x');
  await flusher.flush();
  await flusher.close();
});

/** A file that can be opened, and never flushed. */
const UNFLUSHABLE = '/dev/null';

/** How often this process has it open. */
async function openCount(file: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target === file).length;
}

(process.platform === 'linux' ? test : test.skip)(
  'a file that fails to be flushed is not left open',
  async (t) => {
    const before = await openCount(UNFLUSHABLE);
    const flusher = new FileFlusher(UNFLUSHABLE);
    for (let i = 0; i < 3; i += 1) await t.throwsAsync(flusher.flush(), { code: 'EINVAL' });
    t.is(await openCount(UNFLUSHABLE), before);
  },
);
