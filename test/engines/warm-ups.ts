import test from 'ava';
import { WarmUps } from '../../src/engines/warm-ups.ts';

function three() {
  const warmUps = new WarmUps<number>();
  for (const [value, key] of ['a', 'b', 'c'].entries()) warmUps.add(key, value);
  return warmUps;
}

test('the surplus is what was not used for the longest time', (t) => {
  const warmUps = three();
  warmUps.use('a');
  t.deepEqual(warmUps.surplus(1), ['b', 'c']);
  t.deepEqual(warmUps.surplus(3), []);
});

test('what is suspended is not active, and the first to go', (t) => {
  const warmUps = three();
  warmUps.suspend('c');
  t.deepEqual([...warmUps.active().keys()], ['a', 'b']);
  t.deepEqual(warmUps.surplus(2), ['c']);
  warmUps.restore('c');
  t.deepEqual(
    [...warmUps.active()],
    [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ],
  );
});

test('unknown keys change nothing, and removed ones are gone from both sides', (t) => {
  const warmUps = three();
  warmUps.suspend('b');
  for (const key of ['a', 'b']) warmUps.remove(key);
  for (const key of ['a', 'b', 'x']) {
    warmUps.use(key);
    warmUps.suspend(key);
    warmUps.restore(key);
  }
  t.deepEqual([...warmUps.active().keys()], ['c']);
  t.deepEqual(warmUps.surplus(0), ['c']);
});
