import test from 'ava';
import { markOf, OpenProjects } from '../../../src/core/policies/open-projects.ts';

const ONE = '0a0b0c0d'.repeat(8);
const OTHER = 'ffeeddcc'.repeat(8);

test('knows who has a project open from what each said last', (t) => {
  const open = new OpenProjects(10);
  open.hear('a', [markOf(ONE), markOf(OTHER)]);
  open.hear('b', [markOf(OTHER)]);
  t.deepEqual(open.among(['c', 'b', 'a'], ONE), ['a']);
  t.deepEqual(open.among(['c', 'b', 'a'], OTHER), ['b', 'a']);
  open.hear('a', []);
  t.deepEqual(open.among(['a', 'b'], ONE), []);
});

test('a mark is the first four bytes of the hash, a number without a sign', (t) => {
  t.is(markOf(ONE), 0x0a0b0c0d);
  t.is(markOf(OTHER), 0xffeeddcc);
});

test('who was not heard of for longest is forgotten, and nobody says more than can be true', (t) => {
  const open = new OpenProjects(2);
  for (const peer of ['a', 'b', 'a', 'c']) open.hear(peer, [markOf(ONE)]);
  t.deepEqual(open.among(['a', 'b', 'c'], ONE), ['a', 'c']);
  open.hear('a', [...Array.from({ length: 100_000 }, (_, index) => index), markOf(ONE)]);
  t.deepEqual(open.among(['a'], ONE), []);
});
