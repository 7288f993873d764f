import anyTest, { type ExecutionContext } from 'ava';
import type { Storage } from '../../../src/platform/storage.ts';

/** A storage under test, and how its time passes. */
export interface StorageWorld {
  readonly storage: Storage;
  /** The same folder, opened again after this process ended at this moment. */
  reopen(): Promise<Storage>;
  run<T>(promise: Promise<T>): Promise<T>;
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** Registers the tests that every implementation of `Storage` has to pass. */
export function testStorageCompliance(
  name: string,
  createWorld: (t: ExecutionContext) => Promise<StorageWorld>,
): void {
  const test = (title: string, body: (t: ExecutionContext, world: StorageWorld) => Promise<void>) =>
    anyTest(`${name}: ${title}`, async (t) => body(t, await createWorld(t)));

  test('what was written is read, byte for byte', async (t, { storage, run }) => {
    const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) ^ (i >> 8));
    await run(storage.write('tile.png', content));
    t.deepEqual(plain(await run(storage.read('tile.png'))), content);
    await run(storage.write('empty', new Uint8Array(0), { durable: true }));
    t.deepEqual(plain(await run(storage.read('empty'))), new Uint8Array(0));
  });

  test('what is not there is undefined', async (t, { storage, run }) => {
    t.is(await run(storage.read('nothing')), undefined);
    t.is(await run(storage.read('no/thing')), undefined);
    await run(storage.write('file', bytes('x')));
    t.is(await run(storage.read('file/inside')), undefined);
  });

  test('names may have one level of folders', async (t, { storage, run }) => {
    const names = ['a', 'A-b_c.9', 'folder/a', 'folder/b', 'other/a', '.hidden', '...', 'x'.repeat(200)];
    for (const each of names) await run(storage.write(each, bytes(each)));
    for (const each of names) t.deepEqual(plain(await run(storage.read(each))), bytes(each));
    t.deepEqual((await run(listed(storage))).map((file) => file.name).sort(), [...names].sort());
  });

  test('other names are refused', async (t, { storage, run }) => {
    const names = [
      '',
      '.',
      '..',
      '/',
      'a/',
      '/a',
      '../a',
      'a/..',
      'a/b/c',
      'a b',
      'ä',
      'a\\b',
      'a\0',
      'a:b',
      '~',
    ];
    for (const each of [...names, 'x'.repeat(201), '.unfinished/a']) {
      await t.throwsAsync(run(storage.write(each, bytes('x'))), { code: 'INTERNAL' }, each);
      await t.throwsAsync(run(storage.read(each)), { code: 'INTERNAL' }, each);
      await t.throwsAsync(run(storage.remove(each)), { code: 'INTERNAL' }, each);
      await t.throwsAsync(run(storage.touch(each)), { code: 'INTERNAL' }, each);
    }
    t.deepEqual(await run(listed(storage)), []);
  });

  test('a write replaces the whole file', async (t, { storage, run }) => {
    await run(storage.write('file', bytes('a longer content')));
    await run(storage.write('file', bytes('short'), { durable: true }));
    t.deepEqual(plain(await run(storage.read('file'))), bytes('short'));
  });

  test('the storage keeps its own copy', async (t, { storage, run }) => {
    const content = bytes('before');
    const writing = storage.write('file', content);
    await run(writing);
    content.fill(0);
    const read = (await run(storage.read('file')))!;
    read.fill(0);
    t.deepEqual(plain(await run(storage.read('file'))), bytes('before'));
  });

  test('of writes at once one wins, and none is mixed', async (t, { storage, run }) => {
    const contents = Array.from({ length: 20 }, (_, i) => new Uint8Array(50_000).fill(i));
    await run(Promise.all(contents.map((content) => storage.write('file', content))));
    const read = (await run(storage.read('file')))!;
    t.is(read.length, 50_000);
    t.true(read.every((byte) => byte === read[0]));
  });

  test('a reader sees the old or the new content at any moment', async (t, { storage, run }) => {
    await run(storage.write('file', new Uint8Array(100_000).fill(1)));
    const writing = storage.write('file', new Uint8Array(200_000).fill(2));
    const reads = await run(Promise.all(Array.from({ length: 10 }, () => storage.read('file'))));
    await run(writing);
    for (const read of reads) {
      t.true([100_000, 200_000].includes(read!.length));
      t.true(read!.every((byte) => byte === read![0]));
    }
  });

  test('removing is final, also twice', async (t, { storage, run }) => {
    await run(storage.write('folder/file', bytes('x')));
    await run(storage.remove('folder/file'));
    await run(storage.remove('folder/file'));
    await run(storage.remove('never/there'));
    t.is(await run(storage.read('folder/file')), undefined);
    t.deepEqual(await run(listed(storage)), []);
  });

  test('the list tells sizes and times of use', async (t, { storage, run }) => {
    await run(storage.write('old', bytes('12345')));
    await run(storage.write('new', bytes('1')));
    const before = new Map((await run(listed(storage))).map((file) => [file.name, file]));
    t.is(before.get('old')!.size, 5);
    t.is(before.get('new')!.size, 1);
    t.true(before.get('old')!.usedAt > Date.UTC(2024, 0, 1));
    await run(storage.touch('never-there'));
    // Wall clocks count in milliseconds: touch until it shows.
    for (let i = 0; i < 1000; i += 1) {
      await run(storage.touch('old'));
      const after = new Map((await run(listed(storage))).map((file) => [file.name, file]));
      t.is(after.size, 2);
      if (after.get('old')!.usedAt > before.get('new')!.usedAt) return;
    }
    t.fail('a touch never showed');
  });

  test('files may come and go while the list is read', async (t, { storage, run }) => {
    for (let i = 0; i < 20; i += 1) await run(storage.write(`f/${i}`, bytes('x')));
    const seen = new Set<string>();
    const reading = (async () => {
      for await (const { name: each } of storage.list()) {
        if (seen.size === 0) {
          const removals = Array.from({ length: 20 }, (_, i) => `f/${i}`).filter((other) => other !== each);
          await Promise.all(removals.slice(0, 10).map((other) => storage.remove(other)));
          await storage.write('g/late', bytes('x'));
        }
        t.false(seen.has(each));
        seen.add(each);
      }
    })();
    await run(reading);
    t.true(seen.size >= 10);
  });

  test('what was written durably is there after the process ended', async (t, { storage, reopen, run }) => {
    await run(storage.write('kept', bytes('first'), { durable: true }));
    await run(storage.write('folder/kept', bytes('second'), { durable: true }));
    const again = await run(reopen());
    t.deepEqual(plain(await run(again.read('kept'))), bytes('first'));
    t.deepEqual(plain(await run(again.read('folder/kept'))), bytes('second'));
  });

  test('a write that was cut short leaves the old or the new content, and no rubbish', async (t, world) => {
    const { storage, reopen, run } = world;
    await run(storage.write('file', new Uint8Array(10_000).fill(1), { durable: true }));
    const cut = storage.write('file', new Uint8Array(3_000_000).fill(2));
    cut.catch(() => undefined);
    const again = await run(reopen());
    const read = (await run(again.read('file')))!;
    t.true([10_000, 3_000_000].includes(read.length));
    t.true(read.every((byte) => byte === read[0]));
    t.deepEqual(
      (await run(listed(again))).map((file) => file.name),
      ['file'],
    );
  });
}

async function listed(storage: Storage): Promise<Array<{ name: string; size: number; usedAt: number }>> {
  const files: Array<{ name: string; size: number; usedAt: number }> = [];
  for await (const file of storage.list()) files.push(file);
  return files;
}

/** Without what distinguishes a Buffer. */
function plain(content: Uint8Array | undefined): Uint8Array | undefined {
  return content && new Uint8Array(content);
}
