import { randomBytes } from 'node:crypto';
import anyTest, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { ArtifactFiles } from '../../../src/artifacts/artifact-files.ts';
import { chunkCount, chunkRanges, encodeManifest, type Manifest } from '../../../src/artifacts/manifest.ts';
import { ArtifactStore, type ArtifactStoreOptions } from '../../../src/artifacts/store.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { Random } from '../../../src/platform/random.ts';
import type { Storage } from '../../../src/platform/storage.ts';
import { CHUNK, job, LATER, storeOptions, streamOf } from '../helpers/artifact-room.ts';

/** One disk, and how its time passes. */
interface DiskWorld {
  readonly files: ArtifactFiles;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  run<T>(promise: Promise<T>): Promise<T>;
}

/** Registers the tests that the store has to pass on every kind of disk. */
export function testArtifactStoreCompliance(
  name: string,
  createWorld: (t: ExecutionContext) => Promise<DiskWorld>,
): void {
  class Desk {
    readonly world: DiskWorld;
    store!: ArtifactStore;

    constructor(world: DiskWorld) {
      this.world = world;
    }

    run<T>(promise: Promise<T>): Promise<T> {
      return this.world.run(promise);
    }

    /** A process that begins with what is on the disk. */
    async open(options: Partial<ArtifactStoreOptions> = {}): Promise<ArtifactStore> {
      const { files, storage, clock, random } = this.world;
      const all = { ...storeOptions, chunkBytes: CHUNK, ...options };
      this.store = new ArtifactStore({ files, storage, clock, random, log: silentLog, options: all });
      await this.run(this.store.open());
      return this.store;
    }

    write(content: Uint8Array, options = job): Promise<Manifest> {
      return this.run(this.store.write(streamOf(content), options));
    }

    async content({ id }: Manifest): Promise<Buffer> {
      const reader = await this.run(this.store.read(id));
      const chunks: Uint8Array[] = [];
      for (let i = 0; i < chunkCount(reader.manifest); i += 1) chunks.push(await this.run(reader.chunk(i)));
      await this.run(reader.close());
      return Buffer.concat(chunks);
    }

    async damage({ id }: Manifest, offset: number): Promise<void> {
      const file = await this.run(this.world.files.open(`content/${id}`));
      const [byte] = await this.run(file!.read(offset, 1));
      await this.run(file!.write(offset, [Uint8Array.of((byte as number) ^ 4)]));
      await this.run(file!.close());
    }

    async names(): Promise<string[]> {
      const names = (await this.run(this.world.files.list())).map((file) => file.name);
      const records = await this.run(
        (async () => {
          const all: string[] = [];
          for await (const each of this.world.storage.list()) all.push(each.name);
          return all;
        })(),
      );
      return [...names, ...records].sort();
    }
  }

  const test = (title: string, body: (t: ExecutionContext, desk: Desk) => Promise<void>) =>
    anyTest(`${name}: ${title}`, async (t) => {
      const desk = new Desk(await createWorld(t));
      await desk.open();
      await body(t, desk);
    });

  test('content of any length is read as it was written, also by the next process', async (t, desk) => {
    for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 5432]) {
      const content = randomBytes(length);
      const manifest = await desk.write(content);
      t.is(manifest.size, length);
      t.deepEqual(await desk.content(manifest), content);
      await desk.open();
      t.true(desk.store.has(manifest.id));
      t.deepEqual(await desk.content(manifest), content);
    }
  });

  test('the same content is held once, for all its owners', async (t, desk) => {
    const content = randomBytes(2500);
    const [one, two] = await desk.run(
      Promise.all([
        desk.store.write(streamOf(content), job),
        desk.store.write(streamOf(content), { owner: 'job-2', expiresAt: LATER }),
      ]),
    );
    t.deepEqual(one, two);
    t.is(desk.store.usage().usedBytes, 2500);
    t.deepEqual([...desk.store.holding(one.id)!.owners.keys()].sort(), ['job-1', 'job-2']);
    await desk.run(desk.store.release(one.id, 'job-1'));
    await desk.open();
    t.deepEqual(await desk.content(one), content);
    t.deepEqual(await desk.run(desk.store.releaseOwner('job-2')), [one.id]);
    t.false(desk.store.has(one.id));
    t.deepEqual(await desk.names(), []);
    t.is(desk.store.usage().usedBytes, 0);
  });

  test('a source that breaks off leaves nothing', async (t, desk) => {
    const broken = (async function* () {
      yield randomBytes(3500);
      throw new Error('the process died');
    })();
    await t.throwsAsync(desk.run(desk.store.write(broken, job)), { message: 'the process died' });
    t.deepEqual(await desk.names(), []);
    t.like(desk.store.usage(), { usedBytes: 0, reservedBytes: 0, artifacts: 0 });
  });

  test('what a process left half done is removed by the next one', async (t, desk) => {
    const manifest = await desk.write(randomBytes(1500));
    const kept = await desk.names();
    const other = `1220${'ab'.repeat(32)}`;
    for (const each of ['incoming/half', `content/${other}`, `partial/${other}`]) {
      const file = await desk.run(desk.world.files.create(each));
      await desk.run(file.write(0, [randomBytes(100)]));
      await desk.run(file.close());
    }
    await desk.run(desk.world.storage.write(`manifests/${other}`, encodeManifest(manifest)));
    await desk.open();
    t.deepEqual(await desk.names(), kept);
    t.is(desk.store.usage().usedBytes, 1500);
    // And a record whose content is gone.
    await desk.run(desk.world.files.remove(`content/${manifest.id}`));
    await desk.open();
    t.false(desk.store.has(manifest.id));
    t.deepEqual(await desk.names(), []);
  });

  test('expiry removes what no owner has a use for, and nothing else', async (t, desk) => {
    const now = desk.world.clock.wallTime();
    const short = await desk.write(randomBytes(100), { owner: 'a', expiresAt: now - 1 });
    const long = await desk.write(randomBytes(200), { owner: 'a', expiresAt: now + 1e9 });
    const extended = await desk.write(randomBytes(300), { owner: 'a', expiresAt: now - 1 });
    t.true(await desk.run(desk.store.retain(extended.id, { owner: 'b', expiresAt: now + 1e9 })));
    // An expiry never gets earlier.
    t.true(await desk.run(desk.store.retain(long.id, { owner: 'a', expiresAt: now - 5 })));
    await desk.open();
    t.deepEqual(await desk.run(desk.store.sweep()), [short.id]);
    t.deepEqual(await desk.run(desk.store.sweep()), []);
    t.deepEqual([...desk.store.holdings()].map(({ id }) => id).sort(), [long.id, extended.id].sort());
    t.false(await desk.run(desk.store.retain(short.id, job)));
  });

  test('very many owners of one content are kept until the last one expires', async (t, desk) => {
    const content = randomBytes(10);
    const manifest = await desk.write(content);
    for (let i = 0; i < 400; i += 1) {
      await desk.run(desk.store.retain(manifest.id, { owner: `o${i}`, expiresAt: LATER + i }));
    }
    await desk.run(desk.store.releaseOwner('job-1'));
    for (let i = 0; i < 400; i += 1) await desk.run(desk.store.release(manifest.id, `o${i}`));
    await desk.open();
    t.true(desk.store.has(manifest.id));
    t.deepEqual([...desk.store.holding(manifest.id)!.owners.values()], [LATER + 399]);
  });

  test('a full store refuses before it is full, and deletes nothing that is promised', async (t, desk) => {
    await desk.open({ quotaBytes: 10_000, stepBytes: 1000 });
    const first = await desk.write(randomBytes(4000));
    const reservation = await desk.run(desk.store.reserve(5000));
    await t.throwsAsync(desk.run(desk.store.reserve(1001)), { code: 'STORE_FULL' });
    await t.throwsAsync(desk.write(randomBytes(1001)), { code: 'STORE_FULL' });
    // Work that had its room reserved ends well.
    const second = await desk.run(
      desk.store.write(streamOf(randomBytes(5000)), { ...job, owner: 'job-2', reservation }),
    );
    reservation.release();
    t.like(desk.store.usage(), { usedBytes: 9000, reservedBytes: 0 });
    t.true(desk.store.has(first.id) && desk.store.has(second.id));
    await desk.run(desk.store.releaseOwner('job-2'));
    t.is((await desk.write(randomBytes(6000))).size, 6000);
    t.is(desk.store.usage().usedBytes, 10_000);
    await t.throwsAsync(desk.write(randomBytes(1)), { code: 'STORE_FULL' });
  });

  test('content that fits is taken up to the last byte of the quota', async (t, desk) => {
    await desk.open({ quotaBytes: 5000, stepBytes: 4000 });
    await desk.write(randomBytes(3500));
    await desk.write(randomBytes(1500));
    t.is(desk.store.usage().usedBytes, 5000);
    await t.throwsAsync(desk.write(randomBytes(1)), { code: 'STORE_FULL' });
  });

  test('what has expired makes room at once', async (t, desk) => {
    await desk.open({ quotaBytes: 5000, stepBytes: 1000 });
    const old = await desk.write(randomBytes(5000), {
      owner: 'a',
      expiresAt: desk.world.clock.wallTime() - 1,
    });
    t.is((await desk.write(randomBytes(3000))).size, 3000);
    t.false(desk.store.has(old.id));
  });

  test('a disk that somebody else fills is left some room', async (t, desk) => {
    await desk.open({ minFreeBytes: 1e18 });
    await t.throwsAsync(desk.run(desk.store.reserve(1)), { code: 'STORE_FULL' });
    await t.throwsAsync(desk.write(randomBytes(10)), { code: 'STORE_FULL' });
    t.deepEqual(await desk.names(), []);
  });

  test('whether there is room for more work is known without asking the disk', async (t, desk) => {
    await desk.open({ quotaBytes: 10_000, stepBytes: 1000 });
    t.true(desk.store.hasRoom(10_000));
    t.false(desk.store.hasRoom(10_001));
    const { id } = await desk.write(randomBytes(3000));
    const reservation = await desk.run(desk.store.reserve(4000));
    t.true(desk.store.hasRoom(3000));
    t.false(desk.store.hasRoom(3001));
    reservation.release();
    await desk.run(desk.store.release(id, job.owner));
    t.true(desk.store.hasRoom(10_000));
    const free = await desk.run(desk.world.files.freeBytes());
    await desk.open({ minFreeBytes: free - 5000, quotaBytes: 2 ** 40 });
    t.false(desk.store.hasRoom(10_000_000));
  });

  test('content that somebody removes is not held any more', async (t, desk) => {
    const { id } = await desk.write(randomBytes(2500));
    t.true(await desk.run(desk.store.isThere(id)));
    await desk.run(desk.world.files.remove(`content/${id}`));
    t.false(await desk.run(desk.store.isThere(id)));
    t.false(desk.store.has(id));
    t.is(desk.store.usage().usedBytes, 0);
    const again = await desk.write(randomBytes(100));
    await desk.run(desk.world.files.remove(`content/${again.id}`));
    await t.throwsAsync(desk.run(desk.store.read(again.id)), { code: 'ARTIFACT_UNKNOWN' });
    t.false(desk.store.has(again.id));
  });

  test('so many artifacts and no more', async (t, desk) => {
    await desk.open({ maxArtifacts: 2 });
    await desk.write(randomBytes(10));
    await desk.write(randomBytes(10));
    await t.throwsAsync(desk.write(randomBytes(10)), { code: 'STORE_FULL' });
    t.is((await desk.names()).length, 6);
    t.is(desk.store.usage().usedBytes, 20);
  });

  test('damage is found on reading, counted, and mended by the right chunk alone', async (t, desk) => {
    const content = randomBytes(3500);
    const manifest = await desk.write(content);
    await desk.damage(manifest, 1234);
    const reader = await desk.run(desk.store.read(manifest.id));
    t.deepEqual(Buffer.from(await desk.run(reader.chunk(0))), content.subarray(0, CHUNK));
    await t.throwsAsync(desk.run(reader.chunk(1)), { code: 'ARTIFACT_DAMAGED' });
    t.like(desk.store.usage(), { damagedChunks: 1, mendedChunks: 0 });
    t.false(await desk.run(desk.store.mend(manifest.id, 1, [randomBytes(CHUNK)])));
    const right = content.subarray(CHUNK, 2 * CHUNK);
    t.true(await desk.run(desk.store.mend(manifest.id, 1, [right.subarray(0, 10), right.subarray(10)])));
    await desk.run(reader.close());
    t.deepEqual(await desk.content(manifest), content);
    t.is(desk.store.usage().mendedChunks, 1);
  });

  test('a damaged manifest is found, and mended', async (t, desk) => {
    const content = randomBytes(2500);
    const manifest = await desk.write(content);
    await desk.run(desk.world.storage.write(`manifests/${manifest.id}`, randomBytes(40)));
    await desk.open();
    await t.throwsAsync(desk.run(desk.store.read(manifest.id)), { code: 'ARTIFACT_DAMAGED' });
    await desk.run(desk.store.mendManifest(manifest));
    await desk.open();
    t.deepEqual(await desk.content(manifest), content);
  });

  test('a fetch takes chunks in any order, refuses wrong ones, and goes on in the next process', async (t, desk) => {
    const content = randomBytes(5500);
    const manifest = await desk.write(content);
    await desk.run(desk.store.releaseOwner('job-1'));
    const chunk = (index: number) => content.subarray(index * CHUNK, (index + 1) * CHUNK);

    const partial = await desk.run(desk.store.begin(manifest, job));
    t.like(desk.store.usage(), { usedBytes: 0, reservedBytes: 5500, artifacts: 0 });
    t.deepEqual(partial.missing(), [0, 1, 2, 3, 4, 5]);
    t.true(await desk.run(partial.put(5, [chunk(5)])));
    t.true(await desk.run(partial.put(1, [chunk(1).subarray(0, 5), chunk(1).subarray(5)])));
    t.false(await desk.run(partial.put(2, [chunk(3)])));
    t.deepEqual(partial.missing(), [0, 2, 3, 4]);
    t.is(partial.haveBytes, 1500);
    t.false(desk.store.has(manifest.id));
    await t.throwsAsync(desk.run(desk.store.begin(manifest, job)), { code: 'BUSY' });

    // The process ends here.
    await desk.run(partial.leave());
    await desk.open();
    t.false(desk.store.has(manifest.id));
    const again = await desk.run(desk.store.begin(manifest, job));
    t.deepEqual(again.missing(), [0, 2, 3, 4]);
    await desk.run(again.leave());
    const third = await desk.run(desk.store.begin(manifest, job));
    for (const index of third.missing()) t.true(await desk.run(third.put(index, [chunk(index)])));
    await desk.run(third.commit());
    t.like(desk.store.usage(), { usedBytes: 5500, reservedBytes: 0, artifacts: 1 });
    await desk.open();
    t.deepEqual(await desk.content(manifest), content);
    t.is(desk.store.usage().usedBytes, 5500);
  });

  test('a fetch that is given up, or that nobody needs any more, leaves nothing', async (t, desk) => {
    const content = randomBytes(2500);
    const manifest = await desk.write(content);
    await desk.run(desk.store.releaseOwner('job-1'));
    const partial = await desk.run(desk.store.begin(manifest, job));
    await desk.run(partial.put(0, [content.subarray(0, CHUNK)]));
    await desk.run(partial.discard());
    t.deepEqual(await desk.names(), []);
    const expiresAt = desk.world.clock.wallTime() - 1;
    const second = await desk.run(desk.store.begin(manifest, { owner: 'b', expiresAt }));
    await desk.run(second.put(0, [content.subarray(0, CHUNK)]));
    t.deepEqual(await desk.run(desk.store.sweep()), []);
    await desk.run(second.leave());
    await desk.run(desk.store.sweep());
    t.deepEqual(await desk.names(), []);
    t.like(desk.store.usage(), { usedBytes: 0, reservedBytes: 0 });
  });

  test('a fetch has its room before it begins', async (t, desk) => {
    const manifest = await desk.write(randomBytes(2500));
    await desk.run(desk.store.releaseOwner('job-1'));
    await desk.open({ quotaBytes: 2499 });
    await t.throwsAsync(desk.run(desk.store.begin(manifest, job)), { code: 'STORE_FULL' });
    t.deepEqual(await desk.names(), []);
  });

  test('content that is written while it is fetched ends as one', async (t, desk) => {
    const content = randomBytes(2500);
    const manifest = await desk.write(content);
    await desk.run(desk.store.releaseOwner('job-1'));
    const partial = await desk.run(desk.store.begin(manifest, job));
    await desk.run(partial.put(0, [content.subarray(0, CHUNK)]));
    await desk.write(content, { owner: 'job-2', expiresAt: LATER });
    for (const index of partial.missing()) {
      await desk.run(partial.put(index, [content.subarray(index * CHUNK, (index + 1) * CHUNK)]));
    }
    await desk.run(partial.commit());
    t.deepEqual(await desk.content(manifest), content);
    t.is((await desk.names()).length, 3);
    t.like(desk.store.usage(), { usedBytes: 2500, reservedBytes: 0, artifacts: 1 });
  });

  test('any range is found by its chunks', async (t, desk) => {
    const content = randomBytes(4321);
    const manifest = await desk.write(content);
    const reader = await desk.run(desk.store.read(manifest.id));
    await fc.assert(
      fc.asyncProperty(fc.nat(5000), fc.nat(5000), async (from, to) => {
        const parts: Uint8Array[] = [];
        for (const each of chunkRanges(manifest, { from, to })) {
          parts.push((await desk.run(reader.chunk(each.index))).subarray(each.from, each.to));
        }
        t.deepEqual(Buffer.concat(parts), content.subarray(from, Math.max(from, to)));
      }),
      { numRuns: 30 },
    );
    await desk.run(reader.close());
  });
}
