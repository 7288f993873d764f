import test from 'ava';
import { originOf, TileLog, type TileOrigin } from '../../web/src/tile-log.ts';

const origin = (peerId: string, more: Partial<TileOrigin> = {}): TileOrigin => ({
  peerId,
  peerName: peerId.toUpperCase(),
  cache: 'miss',
  reason: '',
  renderMs: 10,
  ...more,
});

test('reads who drew a tile, how it was come by, and how long it took', (t) => {
  const headers = new Headers({
    'x-gismesh-peer': '12D3KooWabc',
    'x-gismesh-peer-name': 'B%C3%BCro 3',
    'x-gismesh-cache': 'miss',
    'x-gismesh-reason': 'lowest of 3 bids: 42 ms',
    'server-timing': 'bid;dur=1.20, forward;dur=2.00, render;dur=41.50, total;dur=45.10',
  });
  t.deepEqual(originOf(headers), {
    peerId: '12D3KooWabc',
    peerName: 'Büro 3',
    cache: 'miss',
    reason: 'lowest of 3 bids: 42 ms',
    renderMs: 41.5,
  });
});

test('an answer of something else has no origin; a strange one is not an error', (t) => {
  t.is(originOf(new Headers()), undefined);
  const strange = new Headers({
    'x-gismesh-peer': 'abcdefghijkl',
    'x-gismesh-peer-name': '%zz',
    'x-gismesh-cache': 'x',
  });
  t.like(originOf(strange), { peerName: '%zz', cache: undefined, renderMs: undefined });
});

test('counts tiles by peer, the busiest first, and outcomes', (t) => {
  const log = new TileLog();
  t.deepEqual(log.shares(), []);
  log.add(origin('a'));
  log.add(origin('b', { cache: 'hit' }));
  log.add(origin('b', { cache: 'joined' }));
  t.deepEqual(log.shares(), [
    { peerId: 'b', peerName: 'B', tiles: 2 },
    { peerId: 'a', peerName: 'A', tiles: 1 },
  ]);
  t.deepEqual(log.outcomes, { hit: 1, miss: 1, joined: 1 });
});

test('drawing times are of drawn tiles only, the median of the last fifty', (t) => {
  const log = new TileLog();
  t.is(log.medianRenderMs, undefined);
  log.add(origin('a', { cache: 'hit', renderMs: 9999 }));
  t.is(log.medianRenderMs, undefined);
  for (let index = 0; index < 50; index++) log.add(origin('a', { renderMs: 1000 }));
  for (let index = 0; index < 50; index++) log.add(origin('a', { renderMs: index }));
  t.is(log.medianRenderMs, 25);
  t.is(log.lastRenderMs, 49);
});
