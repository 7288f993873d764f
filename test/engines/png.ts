import test from 'ava';
import { solidPng } from '../../src/engines/png.ts';
import { decode } from './helpers/pictures.ts';

test('is a picture of one colour', (t) => {
  const picture = decode(solidPng(5, 3, [1, 2, 3], 0));
  t.like(picture, { width: 5, height: 3 });
  t.deepEqual(picture.at(4, 2), [1, 2, 3, 255]);
});

test('has the size in bytes that is asked for, or what it needs', (t) => {
  t.is(solidPng(256, 256, [9, 9, 9], 30_000).length, 30_000);
  t.true(solidPng(256, 256, [9, 9, 9], 10).length > 10);
  decode(solidPng(256, 256, [9, 9, 9], 30_000));
});
