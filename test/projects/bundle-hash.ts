import { rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { BundleChangedError, hashBundle } from '../../src/projects/bundle-hash.ts';
import { temporaryFolder } from './helpers/folders.ts';

const names = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', 'ö'), minLength: 1, maxLength: 8 });
const bundles = fc
  .dictionary(names, fc.uint8Array({ maxLength: 40 }), { minKeys: 1, maxKeys: 5, noNullPrototype: true })
  .map((files) => Object.entries(files));

/** Hashes files of these names and contents, which lie under other names. */
async function hashOf(folder: string, bundle: ReadonlyArray<readonly [string, Uint8Array]>): Promise<string> {
  const files = await Promise.all(
    bundle.map(async ([name, content], index) => {
      const file = path.join(folder, String(index));
      await writeFile(file, content);
      return { name, path: file, bytes: content.length };
    }),
  );
  return hashBundle(files);
}

test('the order of the files does not matter', async (t) => {
  const folder = await temporaryFolder(t);
  await fc.assert(
    fc.asyncProperty(bundles, async (bundle) => {
      const hash = await hashOf(folder, bundle);
      t.regex(hash, /^[0-9a-f]{64}$/);
      return hash === (await hashOf(folder, bundle.toReversed()));
    }),
    { numRuns: 50 },
  );
});

test('every byte matters', async (t) => {
  const folder = await temporaryFolder(t);
  await fc.assert(
    fc.asyncProperty(bundles, fc.nat(), fc.integer({ min: 1, max: 255 }), async (bundle, at, flip) => {
      const before = await hashOf(folder, bundle);
      const [name, content] = bundle[at % bundle.length]!;
      const altered = content.length === 0 ? Uint8Array.of(flip) : content.slice();
      if (content.length > 0) altered[at % content.length]! ^= flip;
      return (
        before !== (await hashOf(folder, [...bundle.filter(([other]) => other !== name), [name, altered]]))
      );
    }),
    { numRuns: 50 },
  );
  t.pass();
});

test('names matter, and where one file ends and the next begins', async (t) => {
  const folder = await temporaryFolder(t);
  await fc.assert(
    fc.asyncProperty(bundles, bundles, async (one, other) => {
      const canonical = (bundle: typeof one) =>
        JSON.stringify(bundle.map(([name, content]) => [name, [...content]]).sort());
      const areEqual = canonical(one) === canonical(other);
      return areEqual === ((await hashOf(folder, one)) === (await hashOf(folder, other)));
    }),
    { numRuns: 50 },
  );
  const text = (value: string) => Buffer.from(value);
  t.not(
    await hashOf(folder, [
      ['a', text('1')],
      ['b', text('2')],
    ]),
    await hashOf(folder, [
      ['a', text('12')],
      ['b', text('')],
    ]),
  );
});

test('a file that is not what the listing said is noticed', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'data');
  const listed = { name: 'data', path: file, bytes: 1000 };
  for (const bytes of [0, 999, 1001, 600_000]) {
    await writeFile(file, '');
    await truncate(file, bytes);
    await t.throwsAsync(hashBundle([listed]), { instanceOf: BundleChangedError }, `${bytes} bytes`);
  }
  await rm(file);
  await t.throwsAsync(hashBundle([listed]), { instanceOf: BundleChangedError });
});
