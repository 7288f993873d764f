import { create } from '@bufbuild/protobuf';
import test from 'ava';
import { RequestSchema } from '../../../protocols/control/control_pb.js';
import { type ErrorCode, GismeshError } from '../../../src/core/errors.ts';
import { ServedCalls } from '../../../src/mesh/libp2p/served-calls.ts';
import type { CallContext } from '../../../src/platform/network.ts';
import { ManualClock } from '../../platform/helpers/manual-clock.ts';

/** A call as its handler has it. */
interface Handled extends CallContext {
  readonly payload: Uint8Array;
  readonly answer: PromiseWithResolvers<Uint8Array>;
}

/** Calls of a method `wait`, each answered when the test says so. */
function servedCalls(limit = 2) {
  const clock = new ManualClock();
  const handled: Handled[] = [];
  const told: [id: number, said: string][] = [];
  const calls = new ServedCalls({
    peer: 'peer-1',
    clock,
    limit,
    handlerOf: (method) => {
      if (method !== 'wait') return undefined;
      return (payload, context) => {
        const answer = Promise.withResolvers<Uint8Array>();
        handled.push({ payload, ...context, answer });
        return answer.promise;
      };
    },
    onAnswer: (id, payload) => told.push([id, payload.join()]),
    onFailure: (id, code) => told.push([id, code]),
  });
  const begin = (id: number, { method = 'wait', timeoutMs = 100, payload = Uint8Array.of(id) } = {}) =>
    calls.begin(create(RequestSchema, { id, method, payload, timeoutMs }));
  return { clock, calls, handled, told, begin };
}

/** Until what was settled has been dealt with. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('each call is answered once, by its id, in the order of the answers', async (t) => {
  const { calls, handled, told, begin } = servedCalls();
  begin(7);
  begin(8);
  t.is(calls.size, 2);
  t.like(handled[0], { peer: 'peer-1', payload: Uint8Array.of(7) });
  handled[1]?.answer.resolve(Uint8Array.of(80));
  await settled();
  handled[0]?.answer.resolve(Uint8Array.of(70));
  await settled();
  t.deepEqual(told, [
    [8, '80'],
    [7, '70'],
  ]);
  t.is(calls.size, 0);
});

test('what a handler is given is its own', (t) => {
  const { handled, begin } = servedCalls();
  const payload = Uint8Array.of(1);
  begin(1, { payload });
  payload[0] = 2;
  t.deepEqual(handled[0]?.payload, Uint8Array.of(1));
});

for (const [error, code] of [
  [new GismeshError('BUSY', 'full'), 'BUSY'],
  [new GismeshError('NETWORK_TIMEOUT', 'of a call to somebody else'), 'REMOTE_FAILED'],
  [new Error('a mistake'), 'REMOTE_FAILED'],
] as const satisfies readonly (readonly [Error, ErrorCode])[]) {
  test(`a handler that rejects with "${error.message}" is told as ${code}`, async (t) => {
    const { handled, told, begin } = servedCalls();
    begin(1);
    handled[0]?.answer.reject(error);
    await settled();
    t.deepEqual(told, [[1, code]]);
  });
}

test('unknown methods, and more calls than there may be, fail at once; an id stands for one call', async (t) => {
  const { calls, handled, told, begin } = servedCalls(1);
  begin(1, { method: 'none' });
  begin(2);
  begin(3);
  t.deepEqual(told, [
    [1, 'NETWORK_REFUSED'],
    [3, 'BUSY'],
  ]);
  t.throws(() => begin(2), { code: 'MESSAGE_MALFORMED' });
  handled[0]?.answer.resolve(new Uint8Array());
  await settled();
  begin(2);
  t.is(calls.size, 1);
});

test('a caller that gives up is not answered, and its handler is told', async (t) => {
  const { calls, handled, told, begin } = servedCalls();
  begin(1);
  t.true(calls.cancel(1));
  t.false(calls.cancel(1));
  t.is(calls.size, 0);
  t.true(handled[0]?.signal.aborted);
  // The id may stand for another call by the time the handler ends.
  begin(1);
  handled[0]?.answer.resolve(Uint8Array.of(10));
  await settled();
  t.deepEqual(told, []);
  handled[1]?.answer.resolve(Uint8Array.of(20));
  await settled();
  t.deepEqual(told, [[1, '20']]);
});

test('a handler is told when its time is over, and may answer all the same', async (t) => {
  const { clock, handled, told, begin } = servedCalls();
  begin(1, { timeoutMs: 100 });
  clock.advance(99);
  t.false(handled[0]?.signal.aborted);
  clock.advance(1);
  t.is(handled[0]?.signal.reason.code, 'NETWORK_TIMEOUT');
  handled[0]?.answer.resolve(Uint8Array.of(1));
  await settled();
  t.deepEqual(told, [[1, '1']]);
});

test('when the channel ends all handlers are told, and nobody is answered', async (t) => {
  const { calls, handled, told, begin } = servedCalls();
  begin(1);
  begin(2);
  const reason = new GismeshError('NETWORK_CLOSED', 'gone');
  calls.abortAll(reason);
  for (const { signal, answer } of handled) {
    t.is(signal.reason, reason);
    answer.resolve(new Uint8Array());
  }
  await settled();
  t.deepEqual(told, []);
  t.is(calls.size, 0);
});
