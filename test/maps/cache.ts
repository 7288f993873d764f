import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { PackCache } from '../../src/maps/cache.ts';
import type { PartPack } from '../../src/maps/part-pack.ts';
import { DiskStorage } from '../../src/platform/disk-storage.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { Storage } from '../../src/platform/storage.ts';
import { systemClock } from '../../src/platform/system.ts';

/** Keeps nothing, counts writes, fails on request. */
class SpyStorage implements Storage {
  writes = 0;
  full = false;

  async read() {
    return undefined;
  }

  async write() {
    this.writes += 1;
    if (this.full) throw new GismeshError('DATA_DIR_UNUSABLE', 'the disk is full');
  }

  async remove() {}

  async *list() {}

  async touch() {}
}

/** What happens behind the caller's back happens soon; ava ends a test in which it never does. */
async function eventually(t: ExecutionContext, condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setImmediate();
  t.pass();
}

const limits = { memoryBytes: 100_000, diskBytes: 100_000, gatherMs: 60_000, maxPendingWrites: 8 };
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
  const cache = new PackCache(await DiskStorage.open(folder), systemClock, { ...limits, ...more }, silentLog);
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
    await eventually(t, async () => (await filesOf(folder)).length === 0);
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

test('a drawing larger than the disk cache leaves no file that nobody counts', async (t) => {
  const folder = await folderOf(t);
  const cache = await openCache(folder, { diskBytes: 2_000 });
  cache.put(key('a'), pack('a', 1_950));
  cache.put(key('b'), pack('b', 5_000));
  await cache.settled();
  t.is(cache.stats().diskEntries, 0);
  await eventually(t, async () => (await filesOf(folder)).length === 0);
});

test('files too large for a smaller limit, empty ones and strangers do no harm', async (t) => {
  const folder = await folderOf(t);
  const first = await openCache(folder);
  first.put(key('a'), pack('a', 50_000));
  await first.settled();
  await writeFile(path.join(folder, 'README'), 'not ours');
  await mkdir(path.join(folder, 'bb'));
  await writeFile(path.join(folder, 'bb', 'b'.repeat(62)), '');
  const second = await openCache(folder, { diskBytes: 10_000 });
  t.is(second.stats().diskEntries, 0);
  await eventually(t, async () => (await filesOf(folder)).length === 1);
  t.deepEqual(await filesOf(folder), [path.join(folder, 'README')]);
});

test('a drawing put twice is written once', async (t) => {
  const storage = new SpyStorage();
  const cache = new PackCache(storage, systemClock, limits, silentLog);
  cache.put(key('a'), pack('x'));
  const kept = cache.peek(key('a'));
  cache.put(key('a'), pack('x'));
  t.is(cache.peek(key('a')), kept);
  await cache.settled();
  cache.put(key('a'), pack('x'));
  await cache.settled();
  t.is(storage.writes, 1);
});

test('a disk that fails is tried ever more seldom, and used again when it works', async (t) => {
  const storage = new SpyStorage();
  storage.full = true;
  const cache = new PackCache(storage, systemClock, { ...limits, memoryBytes: 1e7 }, silentLog);
  const putMany = async (from: number, count: number) => {
    for (let i = from; i < from + count; i += 1) {
      cache.put(i.toString(16).padStart(64, '0'), pack('x'));
      await cache.settled();
    }
  };
  await putMany(0, 500);
  t.true(storage.writes < 12, `${storage.writes} writes`);
  storage.full = false;
  await putMany(500, 600);
  t.true(cache.stats().diskEntries > 0);
  t.is(cache.stats().memoryEntries, 1_100);
});

test('memory is counted as it is used: nothing keeps a larger buffer alive', async (t) => {
  const cache = await openCache(await folderOf(t));
  const chunk = Buffer.alloc(64 * 1024, 'x');
  cache.put(key('a'), { ...pack('x'), parts: [chunk.subarray(10, 20), chunk.subarray(30, 35)] });
  const kept = cache.peek(key('a'));
  t.deepEqual(
    kept?.parts.map((part) => Buffer.from(part).toString()),
    ['xxxxxxxxxx', 'xxxxx'],
  );
  t.is(kept?.parts[0]?.buffer.byteLength, 15);
  await cache.settled();
});

test('what was used last stays on the disk across a restart', async (t) => {
  const folder = await folderOf(t);
  const first = await openCache(folder, { memoryBytes: 12_000 });
  for (const digit of ['a', 'b', 'c']) {
    first.put(key(digit), pack(digit, 10_000));
    await first.settled();
    const hour = new Date(Date.now() - 3_600_000);
    await utimes(path.join(folder, digit.repeat(2), digit.repeat(62)), hour, hour);
  }
  await first.get(key('a'));
  await eventually(t, async () => {
    const { mtimeMs } = await stat(path.join(folder, 'aa', 'a'.repeat(62)));
    return Date.now() - mtimeMs < 60_000;
  });
  const second = await openCache(folder, { diskBytes: 15_000 });
  t.true(second.has(key('a')));
});
