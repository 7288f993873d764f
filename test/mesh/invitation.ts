import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { GismeshError } from '../../src/core/errors.ts';
import { formatInvitation, MAX_INVITATION_SEEDS, parseInvitation } from '../../src/mesh/invitation.ts';

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const ports = fc.integer({ min: 1, max: 65_535 });
const names = fc.domain();
const seeds = fc.array(
  fc.oneof(
    fc.tuple(fc.ipV4(), ports).map(([host, port]) => `/ip4/${host}/tcp/${port}`),
    fc.tuple(names, ports).map(([host, port]) => `/dns/${host}/tcp/${port}`),
  ),
  { maxLength: MAX_INVITATION_SEEDS },
);
const code = formatInvitation({
  key: new Uint8Array(32).map((_, index) => index * 7),
  seeds: ['/ip4/10.0.0.5/tcp/4001', '/dns4/map.school.example/tcp/4001'],
});
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

async function refusal(t: ExecutionContext, text: string): Promise<string> {
  const error = await t.throwsAsync(parseInvitation(text), { instanceOf: GismeshError });
  t.is(error?.code, 'INVITATION_INVALID');
  return error?.message ?? '';
}

test('what was formatted is read again', async (t) => {
  await fc.assert(
    fc.asyncProperty(keys, seeds, async (key, some) => {
      t.deepEqual(await parseInvitation(formatInvitation({ key, seeds: some })), { key, seeds: some });
    }),
  );
});

test('case, blanks and line breaks of a code make no difference', async (t) => {
  const expected = await parseInvitation(code);
  await fc.assert(
    fc.asyncProperty(fc.nat(code.length), fc.constantFrom(' ', '\n', '\r\n  ', '\t'), async (at, blank) => {
      const wrapped = code.slice(0, at) + blank + code.slice(at).toUpperCase();
      t.deepEqual(await parseInvitation(`  ${wrapped}\n`), expected);
    }),
  );
});

test('digits that look like letters are taken for them', async (t) => {
  const lookalikes = code.slice(8).replaceAll('o', '0').replaceAll('l', '1').replaceAll('b', '8');
  t.not(lookalikes, code.slice(8));
  t.deepEqual(await parseInvitation(`gismesh1${lookalikes}`), await parseInvitation(code));
});

test('a single wrong character is named with its place and the right one', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 8, max: code.length - 1 }),
      fc.constantFrom(...ALPHABET),
      async (at, wrong) => {
        fc.pre(code[at] !== wrong);
        const message = await refusal(t, code.slice(0, at) + wrong + code.slice(at + 1));
        t.true(message.includes(`character ${at + 1}, "${wrong}", should be "${code[at]}"`), message);
      },
    ),
    { numRuns: 30 },
  );
});

test('two swapped characters are named', async (t) => {
  const at = [...code].findIndex((each, index) => index > 20 && each !== code[index + 1]);
  const [a, b] = [code[at], code[at + 1]];
  const message = await refusal(t, code.slice(0, at) + b + a + code.slice(at + 2));
  t.true(message.includes(`"${b}${a}" at character ${at + 1} should be "${a}${b}"`), message);
});

test('missing characters, foreign characters and other versions are told apart', async (t) => {
  t.regex(await refusal(t, code.slice(0, -5)), /typo, or a part is missing/);
  t.regex(await refusal(t, 'gismesh1'), /typo, or a part is missing/);
  t.regex(await refusal(t, `${code.slice(0, 20)}!${code.slice(21)}`), /"!" at character 21/);
  t.regex(await refusal(t, code.replace('gismesh1', 'gismesh2')), /another version/);
  t.regex(
    await refusal(t, 'https://example.org'),
    /starts neither with "gismesh1" nor does it have six words/,
  );
  t.regex(await refusal(t, ' \n'), /empty/);
});

test('every refusal says what to do', async (t) => {
  for (const text of ['', 'gismesh1xx', 'nonsense']) t.regex(await refusal(t, text), /gismesh invite/);
});

test('any input is refused cleanly or read', async (t) => {
  const inputs = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 300 }).map((text) => `gismesh1${text}`),
    fc.constantFrom(`gismesh1${'a'.repeat(1_000_000)}`, 'x'.repeat(1_000_000)),
  );
  await fc.assert(
    fc.asyncProperty(inputs, async (text) => {
      await refusal(t, text);
    }),
    { numRuns: 60 },
  );
});

test('an invitation holds a bounded number of seeds', async (t) => {
  const many = Array.from({ length: 30 }, (_, index) => `/ip4/10.0.0.${index}/tcp/4001`);
  const { seeds: kept } = await parseInvitation(formatInvitation({ key: new Uint8Array(32), seeds: many }));
  t.deepEqual(kept, many.slice(0, MAX_INVITATION_SEEDS));
});

test('what is no key or no seed does not become an invitation', (t) => {
  const of =
    (key: Uint8Array, ...some: string[]) =>
    () =>
      formatInvitation({ key, seeds: some });
  const expected = { instanceOf: GismeshError, code: 'INVITATION_INVALID' };
  t.throws(of(new Uint8Array(31)), expected);
  t.throws(of(new Uint8Array(32), 'example.org:4001'), expected);
  t.throws(of(new Uint8Array(32), '/dns/a b/tcp/1'), expected);
  t.throws(of(new Uint8Array(32), `/dns/${'x'.repeat(300)}/tcp/1`), expected);
});

test('six words are an invitation without seeds', async (t) => {
  const invitation = await parseInvitation(' Velvet-acoustic ZEBRA, canyon ripple\nmotion ');
  t.is(invitation.words, 'velvet acoustic zebra canyon ripple motion');
  t.is(invitation.key.length, 32);
  t.deepEqual(invitation.seeds, []);
  t.regex(await refusal(t, 'velvet acoustic zebar canyon ripple motion'), /zebra/);
});
