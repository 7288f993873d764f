import test from 'ava';
import { GismeshError } from '../../../src/core/errors.ts';
import { PendingCalls } from '../../../src/mesh/libp2p/pending-calls.ts';
import { ManualClock } from '../../platform/helpers/manual-clock.ts';

function pendingCalls() {
  const clock = new ManualClock();
  const givenUp: number[] = [];
  return { clock, givenUp, calls: new PendingCalls(clock, (id) => givenUp.push(id)) };
}

test('each call has an id of its own, and its answer', async (t) => {
  const { calls, clock, givenUp } = pendingCalls();
  const [first, second] = [calls.begin('one', { timeoutMs: 100 }), calls.begin('two', { timeoutMs: 100 })];
  t.not(first.id, second.id);
  calls.resolve(second.id, Uint8Array.of(2));
  calls.reject(first.id, new GismeshError('BUSY', 'full'));
  t.deepEqual(await second.answer, Uint8Array.of(2));
  await t.throwsAsync(first.answer, { code: 'BUSY' });
  clock.advance(1000);
  t.is(calls.size, 0);
  t.deepEqual(givenUp, []);
});

test('a call without an answer is given up in time, and an answer that comes later harms nothing', async (t) => {
  const { calls, clock, givenUp } = pendingCalls();
  const { id, timeoutMs, answer } = calls.begin('one', { timeoutMs: 99.5 });
  t.is(timeoutMs, 100);
  clock.advance(100);
  await t.throwsAsync(answer, { code: 'NETWORK_TIMEOUT' });
  calls.resolve(id, new Uint8Array());
  t.deepEqual(givenUp, [id]);
});

test('a call that its caller cancels is given up', async (t) => {
  const { calls, givenUp } = pendingCalls();
  const caller = new AbortController();
  const { id, answer } = calls.begin('one', { timeoutMs: 100, signal: caller.signal });
  caller.abort();
  await t.throwsAsync(answer, { code: 'CANCELLED' });
  t.deepEqual(givenUp, [id]);
});

test('all fail when the channel ends', async (t) => {
  const { calls, givenUp } = pendingCalls();
  const { answer } = calls.begin('one', { timeoutMs: 100 });
  calls.rejectAll(new GismeshError('NETWORK_CLOSED', 'gone'));
  await t.throwsAsync(answer, { code: 'NETWORK_CLOSED' });
  t.deepEqual(givenUp, []);
});
