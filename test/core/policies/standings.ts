import test from 'ava';
import { placementConfig } from '../../../src/config/placement.ts';
import { Standings } from '../../../src/core/policies/standings.ts';
import { bid, declined } from '../helpers/placement.ts';

const options = placementConfig.parse({}).bid.standings;

test('who bids low is asked more readily than who bids high, who is unknown in between', (t) => {
  const standings = new Standings(options);
  for (let i = 0; i < 10; i += 1) standings.learn([bid('quick', 30), bid('slow', 400), declined('full')], 60);
  t.true(standings.weightOf('quick') > standings.weightOf('new'));
  t.true(standings.weightOf('new') > standings.weightOf('slow'));
  t.true(standings.weightOf('slow') > standings.weightOf('full'));
  t.true(standings.weightOf('full') > 0.05);
});

test('a peer that has become quick is known for it after a few bids', (t) => {
  const standings = new Standings(options);
  for (let i = 0; i < 50; i += 1) standings.learn([declined('peer')], 60);
  for (let i = 0; i < 15; i += 1) standings.learn([bid('peer', 60)], 60);
  t.true(standings.weightOf('peer') > 0.7);
});

test('answers that need no drawing say nothing of how quickly a peer draws', (t) => {
  const standings = new Standings(options);
  standings.learn([bid('peer', 0, { kind: 'cached' }), bid('other', 5, { kind: 'drawing' })], 60);
  t.is(standings.weightOf('peer'), 1);
  t.is(standings.weightOf('other'), 1);
});

test('peers beyond its bound are forgotten, those unheard of for longest first', (t) => {
  const standings = new Standings(options);
  for (let i = 0; i < 1_100; i += 1) standings.learn([bid(`peer-${i}`, 30)], 60);
  t.is(standings.weightOf('peer-0'), 1);
  t.true(standings.weightOf('peer-1099') > 1);
});

test('what is no time of a drawing teaches nothing', (t) => {
  const standings = new Standings(options);
  for (const warmMs of [0, -1, Number.NaN]) standings.learn([bid('peer', 30)], warmMs);
  t.is(standings.weightOf('peer'), 1);
});
