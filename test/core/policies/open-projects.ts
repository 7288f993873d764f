import test from 'ava';
import { placementConfig } from '../../../src/config/placement.ts';
import { markOf, OpenProjects, peerMarkOf } from '../../../src/core/policies/open-projects.ts';

const ONE = '0a0b0c0d'.repeat(8);
const OTHER = 'ffeeddcc'.repeat(8);
const options = { ...placementConfig.parse({}).open, named: 3, tellForMs: 1_000 };

test('knows who has a project open from what each said last', (t) => {
  const open = new OpenProjects(options);
  open.hear('a', [markOf(ONE), markOf(OTHER)], 0);
  open.hear('b', [markOf(OTHER)], 0);
  t.deepEqual(open.among(['c', 'b', 'a'], ONE), ['a']);
  t.deepEqual(open.among(['c', 'b', 'a'], OTHER), ['b', 'a']);
  open.hear('a', [], 1);
  t.deepEqual(open.among(['a', 'b'], ONE), []);
});

test('and from what others say of them; the latest word counts', (t) => {
  const open = new OpenProjects(options);
  open.hear('a', [], 10);
  open.hearOf(ONE, [peerMarkOf('a'), peerMarkOf('b')], 10);
  t.deepEqual(open.among(['a', 'b', 'c'], ONE), ['b'], 'a has just said that it has not');
  open.hearOf(ONE, [peerMarkOf('a')], 20);
  t.deepEqual(open.among(['a', 'b', 'c'], ONE), ['a', 'b']);
  t.deepEqual(open.among(['a', 'b', 'c'], OTHER), []);
  open.hear('b', [], 30);
  t.deepEqual(open.among(['a', 'b', 'c'], ONE), ['a']);
});

test('names those who said so themselves a moment ago, the latest first', (t) => {
  const open = new OpenProjects(options);
  for (const [atMs, peer] of ['a', 'b', 'c', 'd', 'e'].entries()) open.hear(peer, [markOf(ONE)], atMs);
  open.hear('d', [markOf(OTHER)], 5);
  open.hearOf(ONE, [peerMarkOf('f')], 6);
  t.deepEqual(open.named(ONE, 'z', 10), ['e', 'c', 'b'].map(peerMarkOf), 'not d, which has closed it');
  t.deepEqual(open.named(ONE, 'e', 10), ['c', 'b'].map(peerMarkOf), 'nobody is told of itself');
  t.deepEqual(open.named(ONE, 'z', 1_003), [peerMarkOf('e')], 'those of longer ago may have closed it');
  t.deepEqual(open.named(ONE, 'z', 2_000), []);
});

test('who asks and has it open as well is named as many others as who has not', (t) => {
  const open = new OpenProjects(options);
  for (const peer of ['a', 'b', 'c', 'd']) open.hear(peer, [markOf(ONE)], 0);
  t.deepEqual(open.named(ONE, 'c', 1), ['d', 'b', 'a'].map(peerMarkOf));
  t.deepEqual(open.named(ONE, 'z', 1), ['d', 'c', 'b'].map(peerMarkOf));
});

test('a mark is the first four bytes of the hash, a number without a sign', (t) => {
  t.is(markOf(ONE), 0x0a0b0c0d);
  t.is(markOf(OTHER), 0xffeeddcc);
});

test('who was not heard of for longest is forgotten, and nobody says more than can be true', (t) => {
  const open = new OpenProjects({ ...options, maxPeers: 2 });
  for (const peer of ['a', 'b', 'a', 'c']) open.hear(peer, [markOf(ONE)], 0);
  t.deepEqual(open.among(['a', 'b', 'c'], ONE), ['a', 'c']);
  open.hear('a', [...Array.from({ length: 100_000 }, (_, index) => index), markOf(ONE)], 0);
  t.deepEqual(open.among(['a'], ONE), []);
  for (const peers of [['d'], ['e'], ['f', 'g', 'h', 'i']]) open.hearOf(OTHER, peers.map(peerMarkOf), 0);
  t.deepEqual(open.among(['d', 'e', 'f', 'g', 'h', 'i'], OTHER), ['g', 'h']);
});
