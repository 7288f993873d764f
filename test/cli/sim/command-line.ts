import test from 'ava';
import { replayCommand } from '../../../src/cli/sim/command-line.ts';

const plain = { seed: 7, seeds: 1 };

test('the command line holds what decides over the course of events, and nothing else', (t) => {
  t.is(
    replayCommand('classroom-30', { ...plain, json: true, report: 'r.html' }),
    'gismesh sim classroom-30 --seed 7',
  );
  t.is(
    replayCommand('./my.yaml', { ...plain, seeds: 3, peers: 40, policy: 'random', until: 90_500 }),
    'gismesh sim ./my.yaml --seed 7 --seeds 3 --peers 40 --policy random --until 90.5s',
  );
  t.is(
    replayCommand('classroom-30', { ...plain, policy: 'random', compare: true }),
    'gismesh sim classroom-30 --seed 7 --compare',
  );
});

test('a shell takes a strange path as one word', (t) => {
  t.is(replayCommand("./it's mine.yaml", plain), "gismesh sim './it'\\''s mine.yaml' --seed 7");
});
