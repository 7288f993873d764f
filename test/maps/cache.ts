import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PackCache } from '../../src/maps/cache.ts';
import type { PartPack } from '../../src/maps/part-pack.ts';
import { DiskStorage } from '../../src/platform/disk-storage.ts';
import { silentLog } from '../../src/platform/log.ts';

const limits = { memoryBytes: 100_000, diskBytes: 100_000, maxPendingWrites: 8 };
const key = (digit: string) => digit.repeat(64);

function pack(text: string, bytes = 10): PartPack {
  const part = Buffer.alloc(bytes, text);
  return { parts: [part], contentType: 'image/png', drawnBy: 'a', drawnByName: 'A', renderMs: 1 };
}

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-cache-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function openCache(folder: string, more: object = {}): Promise<PackCache> {
  const cache = new PackCache(await DiskStorage.open(folder), { ...limits, ...more }, silentLog);
  await cache.open();
  return cache;
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

test('a drawing survives a restart on the disk', async (t) => {
  const folder = await folderOf(t);
  const first = await openCache(folder);
  first.put(key('a'), pack('x'));
  t.deepEqual(first.peek(key('a'))?.parts[0], pack('x').parts[0]);
  await first.settled();
  const second = await openCache(folder);
  t.true(second.has(key('a')));
  t.is(second.peek(key('a')), undefined);
  t.deepEqual(Buffer.from((await second.get(key('a')))?.parts[0] ?? []), pack('x').parts[0]);
  t.not(second.peek(key('a')), undefined);
});

test('a torn file is dropped and the drawing made again', async (t) => {
  const folder = await folderOf(t);
  const first = await openCache(folder);
  first.put(key('a'), pack('x', 1000));
  await first.settled();
  const [file] = (await filesOf(folder)) as [string];
  const whole = await readFile(file);
  for (const torn of [whole.subarray(0, 500), Buffer.alloc(0), Buffer.alloc(whole.length)]) {
    await writeFile(file, torn);
    const cache = await openCache(folder);
    t.is(await cache.get(key('a')), undefined);
    t.false(cache.has(key('a')));
  }
});

test('memory keeps to its limit, the least recently used goes first', async (t) => {
  const cache = await openCache(await folderOf(t), { memoryBytes: 5_000, diskBytes: 0 });
  cache.put(key('a'), pack('a', 1000));
  cache.put(key('b'), pack('b', 1000));
  cache.peek(key('a'));
  cache.put(key('c'), pack('c', 1000));
  t.true(cache.has(key('a')));
  t.false(cache.has(key('b')));
  t.true(cache.stats().memoryBytes <= 5_000);
});

test('the disk keeps to its limit, also with what an earlier run left', async (t) => {
  const folder = await folderOf(t);
  const first = await openCache(folder);
  for (const digit of ['a', 'b', 'c', 'd']) {
    first.put(key(digit), pack(digit, 10_000));
    await first.settled();
  }
  const second = await openCache(folder, { diskBytes: 25_000 });
  t.is(second.stats().diskEntries, 2);
  t.true(second.stats().diskBytes <= 25_000);
});

test('without disk nothing is written', async (t) => {
  const folder = await folderOf(t);
  const cache = await openCache(folder, { diskBytes: 0 });
  cache.put(key('a'), pack('x'));
  t.is((await cache.get(key('a')))?.contentType, 'image/png');
  t.deepEqual(await filesOf(folder), []);
});
