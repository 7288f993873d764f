import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { inChunks, isChunk, ManifestBuilder } from '../../src/artifacts/chunk-hash.ts';
import {
  chunkCount,
  chunkRanges,
  chunkSize,
  decodeManifest,
  encodeManifest,
  idFromBytes,
  idToBytes,
  isArtifactId,
  type Manifest,
  manifestOf,
} from '../../src/artifacts/manifest.ts';

const content = fc.uint8Array({ maxLength: 500 });
const chunkBytes = fc.integer({ min: 1, max: 200 });

/** The content in pieces that are cut anywhere. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((each) => each % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(at[i - 1] ?? 0, end));
}

async function* stream(pieces: readonly Uint8Array[]) {
  yield* pieces;
}

async function manifestFrom(pieces: readonly Uint8Array[], size: number): Promise<Manifest> {
  const builder = new ManifestBuilder(size);
  for await (const chunk of inChunks(stream(pieces), size)) builder.add(chunk);
  return builder.build();
}

test('the id depends on the content alone, not on how it comes', async (t) => {
  await fc.assert(
    fc.asyncProperty(content, chunkBytes, fc.array(fc.nat(), { maxLength: 9 }), async (bytes, size, cuts) => {
      const whole = await manifestFrom([bytes], size);
      const pieces = await manifestFrom(cut(bytes, cuts), size);
      t.deepEqual(pieces, whole);
      t.is(whole.size, bytes.length);
      t.is(chunkCount(whole), Math.ceil(bytes.length / size));
      t.true(isArtifactId(whole.id));
      t.is(idFromBytes(idToBytes(whole.id)), whole.id);
    }),
  );
});

test('one other bit is another id, and its chunk is told', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 500 }),
      chunkBytes,
      fc.nat(),
      async (bytes, size, at) => {
        const manifest = await manifestFrom([bytes], size);
        const changed = bytes.slice();
        const offset = at % bytes.length;
        changed[offset] = (changed[offset] as number) ^ 1;
        t.not((await manifestFrom([changed], size)).id, manifest.id);
        for (let index = 0; index < chunkCount(manifest); index += 1) {
          const from = index * size;
          const chunk = changed.subarray(from, from + chunkSize(manifest, index));
          t.is(isChunk(manifest, index, cut(chunk, [at])), index !== Math.floor(offset / size));
        }
      },
    ),
  );
});

test('a manifest is read as it was written, and never as another', async (t) => {
  await fc.assert(
    fc.asyncProperty(content, chunkBytes, fc.nat(), async (bytes, size, at) => {
      const manifest = await manifestFrom([bytes], size);
      const encoded = encodeManifest(manifest);
      t.deepEqual(decodeManifest(manifest.id, encoded), manifest);
      const changed = Buffer.from(encoded);
      changed[at % changed.length]! ^= 1;
      t.throws(() => decodeManifest(manifest.id, changed), { code: 'MESSAGE_MALFORMED' });
      t.throws(() => decodeManifest(manifest.id, encoded.subarray(1)), { code: 'MESSAGE_MALFORMED' });
    }),
  );
});

test('a manifest with the right id and sizes that do not agree is refused', (t) => {
  const hashes = new Uint8Array(32);
  for (const [size, bytes] of [
    [0, 10],
    [11, 10],
    [10, 0],
    [10, 2 ** 31],
    [2 ** 60, 1024],
  ] as const) {
    const manifest = manifestOf(size, hashes, bytes);
    t.throws(() => decodeManifest(manifest.id, encodeManifest(manifest)), { code: 'MESSAGE_MALFORMED' });
  }
});

test('ranges of the content are ranges of chunks, without gaps', async (t) => {
  await fc.assert(
    fc.asyncProperty(content, chunkBytes, fc.nat(600), fc.nat(600), async (bytes, size, from, to) => {
      const manifest = await manifestFrom([bytes], size);
      const parts = [...chunkRanges(manifest, { from, to })];
      const joined = parts.map(({ index, from: start, to: end }) => {
        t.true(start < end && end <= chunkSize(manifest, index));
        return bytes.subarray(index * size + start, index * size + end);
      });
      t.deepEqual(Buffer.concat(joined), Buffer.from(bytes.subarray(from, Math.max(from, to))));
    }),
  );
});

test('golden vectors: manifests and their ids', (t) => {
  const vectors = JSON.parse(
    readFileSync(new URL('../../protocols/artifacts/vectors/manifests.json', import.meta.url), 'utf8'),
  ) as Array<{ contentLength: number; contentByte: number; id: string; manifest: string }>;
  for (const { contentLength, contentByte, id, manifest } of vectors) {
    const builder = new ManifestBuilder();
    const bytes = new Uint8Array(contentLength).fill(contentByte);
    for (let at = 0; at < contentLength; at += 1024 * 1024)
      builder.add([bytes.subarray(at, at + 1024 * 1024)]);
    t.is(builder.build().id, id);
    t.is(Buffer.from(encodeManifest(builder.build())).toString('hex'), manifest);
  }
});
