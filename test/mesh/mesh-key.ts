import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { GismeshError } from '../../src/core/errors.ts';
import { createMeshWords, meshKeyOfWords, meshSecrets, normaliseMeshWords } from '../../src/mesh/mesh-key.ts';

const words = 'velvet acoustic zebra canyon ripple motion';

const refusal = (t: ExecutionContext, text: string) => {
  const error = t.throws(() => normaliseMeshWords(text), { instanceOf: GismeshError });
  t.is(error?.code, 'INVITATION_INVALID');
  return error?.message ?? '';
};

test('words are six, random, and canonical', (t) => {
  const several = Array.from({ length: 20 }, createMeshWords);
  t.is(new Set(several).size, 20);
  for (const each of several) {
    t.is(each.split(' ').length, 6);
    t.is(normaliseMeshWords(each), each);
  }
});

test('case, blanks, hyphens, commas and lines make no difference', (t) => {
  const separator = fc.constantFrom(' ', '  ', '-', ' - ', ', ', '\n', '\t', ' — ');
  fc.assert(
    fc.property(fc.array(separator, { minLength: 5, maxLength: 5 }), fc.boolean(), (separators, upper) => {
      const spelled = words
        .split(' ')
        .map((word, index) => (upper && index % 2 ? word.toUpperCase() : word) + (separators[index] ?? ''))
        .join('');
      t.is(normaliseMeshWords(` ${spelled}\n`), words);
    }),
  );
});

test('an unknown word is named with the nearest one', (t) => {
  t.regex(refusal(t, words.replace('zebra', 'zebar')), /Word 3 .*"zebar".*Did you mean "zebra"\?/);
});

test('a wrong count is named', (t) => {
  t.regex(refusal(t, 'velvet acoustic zebra'), /six|6 words, these are 3/);
  t.regex(refusal(t, `${words} extra`), /these are 7/);
  t.regex(refusal(t, ''), /these are 0/);
});

test('long and strange input is refused in bounded time', (t) => {
  refusal(t, 'a'.repeat(1_000_000));
  refusal(t, 'é ü 漢 字 \u0000 \u202e'.repeat(1000));
});

test('the key of words is always the same, and spelling does not matter', async (t) => {
  const expected = '05bb2f967e9bbfcb';
  const key = await meshKeyOfWords(words);
  t.is(key.length, 32);
  t.is(Buffer.from(key.subarray(0, 8)).toString('hex'), expected);
  t.deepEqual(await meshKeyOfWords(words.toUpperCase().replaceAll(' ', '-')), key);
  await t.throwsAsync(meshKeyOfWords('one two'), { instanceOf: GismeshError });
});

test('what shows on the wire depends on the key and does not contain it', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(31), (key, at) => {
      const secrets = meshSecrets(key);
      const other = meshSecrets(key.with(at, key[at]! ^ 1));
      const { prologue, announcementKey, serviceName } = secrets;
      t.notDeepEqual(prologue, other.prologue);
      t.notDeepEqual(announcementKey, other.announcementKey);
      t.not(serviceName, other.serviceName);
      t.notDeepEqual(prologue, announcementKey);
      t.notDeepEqual(prologue, key);
    }),
    { numRuns: 30 },
  );
});

test('the service name is one of RFC 6763', (t) => {
  t.regex(meshSecrets(new Uint8Array(32)).serviceName, /^_[a-z][a-z0-9-]{0,13}[a-z0-9]\._udp\.local$/);
});

test('a key of another size is refused', (t) => {
  const error = t.throws(() => meshSecrets(new Uint8Array(31)), { instanceOf: GismeshError });
  t.is(error?.code, 'CONFIG_INVALID');
});
