import test from 'ava';
import { KeyedMutex } from '../../src/artifacts/keyed-mutex.ts';

test('one thing after the other for each key, also after one that failed', async (t) => {
  const mutex = new KeyedMutex<string>();
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = mutex.run('a', async () => {
    await gate.promise;
    done.push('a1');
    throw new Error('as it was to be');
  });
  const second = mutex.run('a', async () => done.push('a2'));
  await mutex.run('b', async () => done.push('b'));
  t.deepEqual(done, ['b']);
  gate.resolve();
  await t.throwsAsync(first, { message: 'as it was to be' });
  t.is(await second, 3);
  t.deepEqual(done, ['b', 'a1', 'a2']);
});
