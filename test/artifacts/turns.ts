import test from 'ava';
import { Turns } from '../../src/artifacts/turns.ts';

test('one thing after the other for each key, also after one that failed', async (t) => {
  const turns = new Turns<string>();
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', async () => {
    await gate.promise;
    done.push('a1');
    throw new Error('as it was to be');
  });
  const second = turns.take('a', async () => done.push('a2'));
  await turns.take('b', async () => done.push('b'));
  t.deepEqual(done, ['b']);
  gate.resolve();
  await t.throwsAsync(first, { message: 'as it was to be' });
  t.is(await second, 3);
  t.deepEqual(done, ['b', 'a1', 'a2']);
});
