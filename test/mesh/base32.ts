import test from 'ava';
import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../src/mesh/base32.ts';

test('the examples of RFC 4648, in lower case and without padding', (t) => {
  const examples = {
    '': '',
    f: 'my',
    fo: 'mzxq',
    foo: 'mzxw6',
    foob: 'mzxw6yq',
    fooba: 'mzxw6ytb',
    foobar: 'mzxw6ytboi',
  };
  for (const [plain, encoded] of Object.entries(examples)) t.is(encodeBase32(Buffer.from(plain)), encoded);
});

test('decoding undoes encoding', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      t.deepEqual(decodeBase32(encodeBase32(bytes)), bytes);
    }),
  );
});

test('only what an encoding can be is decoded', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'abyz27189='), maxLength: 20 }), (text) => {
      const bytes = decodeBase32(text);
      t.true(bytes === undefined || encodeBase32(bytes) === text);
    }),
  );
});
