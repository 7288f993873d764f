import test from 'ava';
import { HandedJobs } from '../../src/jobs/handed-jobs.ts';

test('counts what a peer was given since a bid was asked for', (t) => {
  const handed = new HandedJobs(300);
  handed.add('a', 5000, 10);
  handed.add('b', 5000, 20);
  handed.add('a', 2000, 30);
  t.is(handed.since(0, 'a'), 7000);
  t.is(handed.since(20, 'a'), 2000);
  t.is(handed.since(31, 'a'), 0);
  t.is(handed.since(0, 'c'), 0);
});

test('forgets what every bid knows of by now', (t) => {
  const handed = new HandedJobs(300);
  handed.add('a', 5000, 0);
  handed.add('a', 1000, 1000);
  t.is(handed.since(0, 'a'), 1000);
});
