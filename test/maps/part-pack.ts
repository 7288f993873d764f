import test from 'ava';
import fc from 'fast-check';
import { decodePack, encodePack, entityTag } from '../../src/maps/part-pack.ts';

const pack = fc.record({
  parts: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }),
  contentType: fc.constantFrom('image/png', 'image/jpeg'),
  drawnBy: fc.string(),
  drawnByName: fc.string(),
  renderMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
});

test('a pack survives the disk byte by byte', (t) => {
  fc.assert(
    fc.property(pack, (original) => {
      const decoded = decodePack(encodePack(original));
      t.deepEqual(
        decoded.parts.map((part) => [...part]),
        original.parts.map((part) => [...part]),
      );
      t.is(decoded.contentType, original.contentType);
      t.is(decoded.drawnBy, original.drawnBy);
    }),
  );
  t.pass();
});

test('any changed, missing or added byte is noticed', (t) => {
  fc.assert(
    fc.property(pack, fc.nat(), fc.integer({ min: 1, max: 255 }), (original, position, change) => {
      const file = encodePack(original);
      const rotten = Uint8Array.from(file);
      rotten[position % file.length] = (rotten[position % file.length] as number) ^ change;
      t.throws(() => decodePack(rotten), { code: 'MESSAGE_MALFORMED' });
      t.throws(() => decodePack(file.subarray(0, position % file.length)), { code: 'MESSAGE_MALFORMED' });
      t.throws(() => decodePack(Buffer.concat([file, Buffer.from([change])])), { code: 'MESSAGE_MALFORMED' });
    }),
    { numRuns: 50 },
  );
  t.pass();
});

test('the entity tag follows the content', (t) => {
  t.is(entityTag(Buffer.from('a')), entityTag(Buffer.from('a')));
  t.not(entityTag(Buffer.from('a')), entityTag(Buffer.from('b')));
  t.regex(entityTag(Buffer.from('a')), /^"[\w-]+"$/);
});
