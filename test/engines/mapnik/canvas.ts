import test from 'ava';
import type { MapnikImage } from '../../../src/engines/mapnik/binding.ts';
import { Canvas } from '../../../src/engines/mapnik/canvas.ts';
import { testMapnik } from '../helpers/pictures.ts';

const mapnik = testMapnik();

test('the image of the last drawing is used again for one of its size, blank', (t) => {
  const canvas = new Canvas(mapnik);
  const first = canvas.take(20, 10) as MapnikImage & { fillSync(color: unknown): void };
  first.fillSync(new mapnik.Color(255, 0, 0, 255));
  const second = canvas.take(20, 10);
  t.is(second, first);
  t.true(second.data().every((value) => value === 0));
});

test('an image of another size is a new one', (t) => {
  const canvas = new Canvas(mapnik);
  const first = canvas.take(20, 10);
  const second = canvas.take(10, 20);
  t.not(second, first);
  t.deepEqual([second.width(), second.height()], [10, 20]);
});

test('a very large image is not kept', (t) => {
  const canvas = new Canvas(mapnik);
  t.not(canvas.take(4096, 1025), canvas.take(4096, 1025));
});
