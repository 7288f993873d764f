import test from 'ava';
import { race } from '../../src/maps/race.ts';
import { liveClock } from './helpers/live-clock.ts';

const never = new AbortController().signal;

function rules<T>(attempt: (peer: string, signal: AbortSignal) => Promise<T>, more: object = {}) {
  const failures: string[] = [];
  return {
    failures,
    clock: liveClock,
    peers: ['a', 'b', 'c'],
    more: async (): Promise<string[]> => [],
    maxAttempts: 3,
    hedgeMs: 60_000,
    stallMs: 60_000,
    mayHedge: () => true,
    signal: never,
    attempt,
    onFailure: (peer: string) => failures.push(peer),
    onStall: () => {},
    ...more,
  };
}

/** Settles only when it is cancelled. */
const hang = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

test('the best peer answers alone', async (t) => {
  const asked: string[] = [];
  const result = await race(
    rules(async (peer) => {
      asked.push(peer);
      return `from ${peer}`;
    }),
  );
  t.deepEqual(result, { value: 'from a', peer: 'a' });
  t.deepEqual(asked, ['a']);
});

test('with the only attempt answered there is nobody left to be told, and nothing to wait for', async (t) => {
  const timers: { cancelled: boolean }[] = [];
  const clock = {
    ...liveClock,
    after: () => {
      const timer = {
        cancelled: false,
        cancel() {
          timer.cancelled = true;
        },
      };
      timers.push(timer);
      return timer;
    },
  };
  let asked: AbortSignal | undefined;
  await race(
    rules(
      async (peer, signal) => {
        asked = signal;
        return peer;
      },
      { clock },
    ),
  );
  t.false(asked?.aborted);
  t.deepEqual(
    timers.map(({ cancelled }) => cancelled),
    [true],
  );
});

test('a failure sends it to the next peer at once', async (t) => {
  const tried = rules(async (peer) => {
    if (peer !== 'c') throw new Error(`${peer} is broken`);
    return peer;
  });
  t.is((await race(tried)).peer, 'c');
  t.deepEqual(tried.failures, ['a', 'b']);
});

test('rejects with the last error when everybody fails', async (t) => {
  const tried = rules(async (peer): Promise<string> => {
    throw new Error(`${peer} is broken`);
  });
  await t.throwsAsync(race(tried), { message: 'c is broken' });
  t.deepEqual(tried.failures, ['a', 'b', 'c']);
});

test('a slow peer is hedged, and cancelled when it loses', async (t) => {
  let cancelled = false;
  const tried = rules(
    async (peer, signal) => {
      if (peer === 'b') return peer;
      signal.addEventListener('abort', () => {
        cancelled = true;
      });
      return await hang(signal);
    },
    { hedgeMs: 5 },
  );
  t.is((await race(tried)).peer, 'b');
  t.true(cancelled);
  t.deepEqual(tried.failures, []);
});

test('without budget a hanging peer is given up only when it counts as stalled', async (t) => {
  const tried = rules(async (peer, signal) => (peer === 'b' ? peer : await hang(signal)), {
    hedgeMs: 5,
    stallMs: 20,
    mayHedge: () => false,
  });
  t.is((await race(tried)).peer, 'b');
});

test('the caller’s abort ends every attempt', async (t) => {
  const caller = new AbortController();
  const signals: AbortSignal[] = [];
  const running = race(
    rules(
      (_peer, signal) => {
        signals.push(signal);
        return hang(signal);
      },
      { signal: caller.signal },
    ),
  );
  caller.abort(new Error('client gone'));
  await t.throwsAsync(running, { message: 'client gone' });
  t.true(signals.length > 0 && signals.every((signal) => signal.aborted));
});

test('no more peers than allowed are tried', async (t) => {
  const tried = rules(
    async (): Promise<string> => {
      throw new Error('broken');
    },
    { maxAttempts: 2 },
  );
  await t.throwsAsync(race(tried));
  t.deepEqual(tried.failures, ['a', 'b']);
});

test('while all hang, one more peer begins at each stall, and all are looked at', async (t) => {
  const stalled: string[] = [];
  const tried = rules(async (peer, signal) => (peer === 'c' ? peer : await hang(signal)), {
    hedgeMs: 5,
    stallMs: 10,
    onStall: (peer: string) => stalled.push(peer),
  });
  t.is((await race(tried)).peer, 'c');
  t.deepEqual(stalled, ['a', 'b']);
});

test('when nobody is left and it stalls, those who can be heard by now are asked, within what is allowed', async (t) => {
  const asked: string[][] = [];
  const begun: string[] = [];
  const tried = rules(
    async (peer, signal) => {
      begun.push(peer);
      return peer === 'd' ? peer : await hang(signal);
    },
    {
      peers: ['a'],
      maxAttempts: 3,
      hedgeMs: 5,
      stallMs: 10,
      mayHedge: () => false,
      more: async (already: ReadonlySet<string>) => {
        asked.push([...already]);
        return asked.length < 2 ? [] : ['a', 'c', 'd', 'e'];
      },
    },
  );
  t.is((await race(tried)).peer, 'd');
  t.deepEqual(asked, [['a'], ['a']]);
  t.deepEqual(begun, ['a', 'c', 'd']);
});

test('where no others can be named, those that are known are asked all the same', async (t) => {
  const asked: string[] = [];
  let refusals = 1;
  const result = await race(
    rules(
      (peer, signal) => {
        asked.push(peer);
        return peer === 'b' ? Promise.resolve(peer) : hang(signal);
      },
      {
        peers: ['a'],
        stallMs: 30,
        hedgeMs: 10,
        more: async () => {
          if (refusals > 0) {
            refusals -= 1;
            throw new Error('nobody answers');
          }
          return ['b'];
        },
      },
    ),
  );
  t.is(result.peer, 'b');
  t.deepEqual(asked, ['a', 'b']);
});
