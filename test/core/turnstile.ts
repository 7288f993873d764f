import test from 'ava';
import { Turnstile } from '../../src/core/turnstile.ts';

const patient = new AbortController().signal;

test('so many are inside at a time; the others come in order as those leave, also by an error', async (t) => {
  const turnstile = new Turnstile(2, 10);
  const doors = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const inside: number[] = [];
  const all = doors.map(({ promise }, at) =>
    turnstile.pass(patient, async () => {
      inside.push(at);
      await promise;
      return at;
    }),
  );
  await settled();
  t.deepEqual(inside, [0, 1]);
  doors[1]?.reject(new Error('on purpose'));
  await t.throwsAsync(all[1] as Promise<number>, { message: 'on purpose' });
  await settled();
  t.deepEqual(inside, [0, 1, 2]);
  for (const door of doors) door.resolve();
  t.is(await all[4], 4);
  t.deepEqual(inside, [0, 1, 2, 3, 4]);
});

test('too many that wait are refused; who is no longer needed leaves the line', async (t) => {
  const turnstile = new Turnstile(1, 1);
  const door = Promise.withResolvers<void>();
  const first = turnstile.pass(patient, () => door.promise);
  const leaving = new AbortController();
  const second = turnstile.pass(leaving.signal, unexpected);
  await t.throwsAsync(turnstile.pass(patient, unexpected), { code: 'BUSY' });
  leaving.abort();
  await t.throwsAsync(second, { code: 'CANCELLED' });
  const third = turnstile.pass(patient, async () => 'third');
  door.resolve();
  await first;
  t.is(await third, 'third');
  await t.throwsAsync(turnstile.pass(leaving.signal, unexpected), { code: 'CANCELLED' }, 'before it came');
});

test('who is no longer needed just as its turn comes does nothing, and lets the next one in', async (t) => {
  const turnstile = new Turnstile(1, 10);
  const door = Promise.withResolvers<void>();
  const leaving = new AbortController();
  const first = turnstile.pass(patient, async () => {
    await door.promise;
    // After its end, and before the next one begins.
    queueMicrotask(() => leaving.abort());
  });
  const second = turnstile.pass(leaving.signal, unexpected);
  const third = turnstile.pass(patient, async () => 'third');
  door.resolve();
  await first;
  await t.throwsAsync(second, { code: 'CANCELLED' });
  t.is(await third, 'third');
});

async function unexpected(): Promise<never> {
  throw new Error('it was let in');
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
