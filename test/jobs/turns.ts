import test from 'ava';
import { Turns } from '../../src/jobs/turns.ts';

test('who comes later is neither behind all turns of the others nor before them for as many', (t) => {
  const turns = new Turns();
  turns.join('anna');
  for (let i = 0; i < 5; i += 1) turns.next('anna');
  turns.join('bob');
  t.is(turns.of('bob'), turns.of('anna'));
  turns.next('anna');
  turns.join('bob');
  t.true(turns.of('bob') < turns.of('anna'));
});

test('who has nothing waiting is forgotten', (t) => {
  const turns = new Turns();
  for (const user of ['anna', 'bob']) turns.join(user);
  turns.next('anna');
  turns.next('anna');
  turns.keep(new Set(['bob']));
  t.is(turns.of('anna'), 0);
  turns.next('anna');
  t.is(turns.of('anna'), 0);
  turns.keep(new Set());
  turns.join('bob');
  t.is(turns.of('bob'), 0);
});
