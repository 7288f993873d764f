import test from 'ava';
import fc from 'fast-check';
import { SimulatedArtifactFiles, SimulatedFileDisk } from '../../sim/artifact-files.ts';
import { MachineClock } from '../../sim/clock.ts';
import { SeededRandom } from '../../sim/random.ts';
import { SimulatedDisk, SimulatedStorage } from '../../sim/storage.ts';
import { VirtualTime } from '../../sim/time.ts';
import { KeyedMutex } from '../../src/artifacts/keyed-mutex.ts';
import type { ArtifactId, Manifest } from '../../src/artifacts/manifest.ts';
import { assertOwner, Owners } from '../../src/artifacts/owners.ts';
import { Quota } from '../../src/artifacts/quota.ts';
import { Shelf } from '../../src/artifacts/shelf.ts';
import { silentLog } from '../../src/platform/log.ts';
import { contentOf, manifestFor } from './helpers/artifact-room.ts';

/** Longer than all that is done to the disk takes. */
const STEP_MS = 1_000_000;

/** A shelf on a simulated disk, and who needs what is on it. */
class Desk {
  readonly time = new VirtualTime();
  readonly clock = new MachineClock(this.time);
  readonly #files: SimulatedArtifactFiles;
  readonly shelf: Shelf;
  readonly owners: Owners;

  constructor() {
    const random = new SeededRandom(1);
    this.#files = new SimulatedArtifactFiles(new SimulatedFileDisk(random), this.clock);
    const limits = { quotaBytes: 1e9, minFreeBytes: 0 };
    this.shelf = new Shelf({
      files: this.#files,
      storage: new SimulatedStorage(new SimulatedDisk(random), this.clock),
      log: silentLog,
      quota: new Quota(limits, this.clock, () => this.#files.freeBytes()),
      options: { maxArtifacts: 100, manifestCacheBytes: 1e6 },
    });
    this.owners = new Owners(this.shelf, new KeyedMutex<ArtifactId>(), this.clock);
  }

  run<T>(promise: Promise<T>): Promise<T> {
    return this.time.settle(promise, STEP_MS);
  }

  /** An artifact of one owner, until so many steps from the start. */
  async put(seed: number, owner: string, untilStep: number): Promise<Manifest> {
    const content = contentOf(100, seed);
    const manifest = manifestFor(content);
    const name = `new/${seed}`;
    const writing = async () => {
      const file = await this.#files.create(name);
      await file.write(0, [content]);
      await file.close();
      await this.shelf.put(manifest, name, { owner, expiresAt: this.at(untilStep) });
    };
    await this.run(writing());
    return manifest;
  }

  readonly #startMs = this.clock.wallTime();

  at(step: number): number {
    return this.#startMs + step * STEP_MS;
  }

  async advanceTo(step: number): Promise<void> {
    await this.time.advance(this.at(step) - this.clock.wallTime());
  }
}

type Deed =
  | { readonly kind: 'retain'; readonly owner: string; readonly until: number }
  | { readonly kind: 'release'; readonly owner: string }
  | { readonly kind: 'releaseAll'; readonly owner: string }
  | { readonly kind: 'removeExpired' };

const owner = fc.constantFrom('job-1', 'job-2', 'job-3');
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant('retain'), owner, until: fc.nat({ max: 15 }) }),
  fc.record({ kind: fc.constant('release'), owner }),
  fc.record({ kind: fc.constant('releaseAll'), owner }),
  fc.record({ kind: fc.constant('removeExpired') }),
);

test('an artifact is here for as long as somebody needs it, and then it is gone', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 10 }), async (deeds) => {
      const desk = new Desk();
      const { id } = await desk.put(1, 'job-1', 5);
      const needs = new Map([['job-1', 5]]);
      for (const [step, each] of deeds.entries()) {
        await desk.advanceTo(step + 0.5);
        const isHere = needs.size > 0;
        if (each.kind === 'retain') {
          const ownership = { owner: each.owner, expiresAt: desk.at(each.until) };
          t.is(await desk.run(desk.owners.retain(id, ownership)), isHere);
          if (isHere) needs.set(each.owner, Math.max(each.until, needs.get(each.owner) ?? 0));
        } else if (each.kind === 'removeExpired') {
          const removed = await desk.run(desk.owners.removeExpired());
          const isOver = isHere && [...needs.values()].every((until) => until <= step);
          t.deepEqual(removed, isOver ? [id] : []);
          if (isOver) needs.clear();
        } else {
          const wasLast = needs.delete(each.owner) && needs.size === 0;
          if (each.kind === 'release') await desk.run(desk.owners.release(id, each.owner));
          else t.deepEqual(await desk.run(desk.owners.releaseAll(each.owner)), wasLast ? [id] : []);
        }
        t.is(desk.shelf.has(id), needs.size > 0);
      }
      const held = [...(desk.shelf.holding(id)?.owners ?? [])];
      t.deepEqual(new Map(held), new Map([...needs].map(([name, until]) => [name, desk.at(until)])));
    }),
    { numRuns: 50 },
  );
});

test('what one owner releases at once is removed but for what others need', async (t) => {
  const desk = new Desk();
  const [mine, shared, others] = [
    await desk.put(1, 'job-1', 9),
    await desk.put(2, 'job-1', 9),
    await desk.put(3, 'job-2', 9),
  ];
  await desk.run(desk.owners.retain(shared.id, { owner: 'job-2', expiresAt: desk.at(9) }));
  t.deepEqual(await desk.run(desk.owners.releaseAll('job-1')), [mine.id]);
  t.deepEqual([...desk.shelf.holdings()].map(({ id }) => id).sort(), [shared.id, others.id].sort());
});

test('who holds it beside is noted for what is here, and for nothing else', async (t) => {
  const desk = new Desk();
  const { id } = await desk.put(1, 'job-1', 9);
  t.true(await desk.run(desk.owners.place(id, 2, ['a', 'b'])));
  t.like(desk.shelf.holding(id), { copies: 2, holders: ['a', 'b'] });
  const unchanged = desk.shelf.holding(id);
  t.true(await desk.run(desk.owners.place(id, 2, ['a', 'b'])));
  t.is(desk.shelf.holding(id), unchanged);
  const { id: unknown } = manifestFor(contentOf(100, 2));
  t.false(await desk.run(desk.owners.place(unknown, 2, ['a'])));
  t.is(desk.shelf.holding(unknown), undefined);
});

test('what is being fetched is not taken from who fetches it', async (t) => {
  const desk = new Desk();
  const manifest = manifestFor(contentOf(100));
  const { state } = await desk.run(desk.shelf.begin(manifest, { owner: 'job-1', expiresAt: desk.at(1) }));
  await desk.advanceTo(2);
  t.deepEqual(await desk.run(desk.owners.removeExpired()), []);
  await desk.run(desk.owners.release(manifest.id, 'job-1'));
  t.truthy(desk.shelf.partial(manifest.id));
  state.active = false;
  t.deepEqual(await desk.run(desk.owners.removeExpired()), [manifest.id]);
  t.is(desk.shelf.partial(manifest.id), undefined);
});

test('several at once change one after the other: nobody is lost', async (t) => {
  const desk = new Desk();
  const { id } = await desk.put(1, 'job-1', 9);
  const names = Array.from({ length: 20 }, (_, at) => `job-${at + 1}`);
  const retaining = names.map((name) => desk.owners.retain(id, { owner: name, expiresAt: desk.at(9) }));
  await desk.run(Promise.all([...retaining, desk.owners.place(id, 1, ['a'])]));
  t.deepEqual([...(desk.shelf.holding(id)?.owners.keys() ?? [])], names);
  t.like(desk.shelf.holding(id), { copies: 1, holders: ['a'] });
});

test('an owner is a short text on one line', (t) => {
  t.notThrows(() => assertOwner('5f3a9c1e-0000-4000-8000-000000000001'));
  t.notThrows(() => assertOwner('x'.repeat(128)));
  for (const bad of ['', 'x'.repeat(129), 'a\nb', 'a\u0000', '\u0085']) {
    t.throws(() => assertOwner(bad), { code: 'INTERNAL' }, JSON.stringify(bad));
  }
});
