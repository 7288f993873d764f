import test from 'ava';
import fc from 'fast-check';
import { hashOfPlace, placeOfHash } from '../../web/src/place.ts';

test('a place survives the address bar to within a pixel', (t) => {
  const place = fc.record({
    project: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/),
    zoom: fc.double({ min: 0, max: 22, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    latitude: fc.double({ min: -85, max: 85, noNaN: true }),
  });
  fc.assert(
    fc.property(place, (there) => {
      const back = placeOfHash(hashOfPlace(there))!;
      const pixelDegrees = 360 / (256 * 2 ** there.zoom);
      t.is(back.project, there.project);
      t.true(Math.abs(back.zoom - there.zoom) < 0.01);
      t.true(Math.abs(back.longitude - there.longitude) < Math.max(pixelDegrees, 1e-6));
      t.true(Math.abs(back.latitude - there.latitude) < Math.max(pixelDegrees, 1e-6));
    }),
  );
});

test('what is no place is none', (t) => {
  for (const hash of [
    '',
    '#',
    '#world',
    '#world/1/2',
    '#world/1/2/3/4',
    '#world/x/2/3',
    '#world/1//3',
    '#world/1/91/0',
  ]) {
    t.is(placeOfHash(hash), undefined, hash);
  }
});
