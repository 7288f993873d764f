import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
