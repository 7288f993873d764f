import test from 'ava';
import fc from 'fast-check';
import { FailureWindow } from '../../src/core/failure-window.ts';

const options = { baseMs: 1000, maxMs: 60_000, trialMs: 5000, forgetMs: 300_000, maxPeers: 8 };

/** Fails `peer` again and again, each time right after it may be asked again; the time avoided after each. */
function avoidedMs(window: FailureWindow, peer: string, failures: number): number[] {
  let now = 0;
  return Array.from({ length: failures }, () => {
    window.failed(peer, now);
    const since = now;
    while (window.isFailing(peer, now)) now += 100;
    return now - since;
  });
}

test('a peer is avoided after a failure, for a time that doubles up to a bound', (t) => {
  t.deepEqual(
    avoidedMs(new FailureWindow(options), 'p', 8),
    [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000],
  );
});

test('failures at the same time count as one', (t) => {
  const window = new FailureWindow(options);
  for (let i = 0; i < 20; i += 1) window.failed('p', i);
  t.true(window.isFailing('p', 999));
  t.false(window.isFailing('p', 1000));
});

test('after its time one request tries it while others keep away', (t) => {
  const window = new FailureWindow(options);
  window.failed('p', 0);
  t.false(window.isFailing('p', 1000));
  window.attempting('p', 1000);
  t.true(window.isFailing('p', 1001));
  window.succeeded('p', 1100);
  t.false(window.isFailing('p', 1101));
});

test('a trial without an outcome ends by itself', (t) => {
  const window = new FailureWindow(options);
  window.failed('p', 0);
  window.attempting('p', 1000);
  t.true(window.isFailing('p', 5999));
  t.false(window.isFailing('p', 6000));
});

test('a failed trial avoids the peer for longer', (t) => {
  const window = new FailureWindow(options);
  window.failed('p', 0);
  window.attempting('p', 1000);
  window.failed('p', 1200);
  t.true(window.isFailing('p', 3199));
  t.false(window.isFailing('p', 3200));
});

test('a request at an avoided peer, for want of a better one, is no trial', (t) => {
  const window = new FailureWindow(options);
  window.failed('p', 0);
  window.attempting('p', 900);
  t.false(window.isFailing('p', 1000));
});

test('one success lets it be asked again but takes back only one doubling', (t) => {
  const window = new FailureWindow(options);
  avoidedMs(window, 'p', 4);
  window.succeeded('p', 20_000);
  t.false(window.isFailing('p', 20_000));
  window.failed('p', 20_000);
  t.true(window.isFailing('p', 27_999));
  t.false(window.isFailing('p', 28_000));
});

test('as many successes as failures clear the record', (t) => {
  const window = new FailureWindow(options);
  avoidedMs(window, 'p', 3);
  for (let i = 0; i < 3; i += 1) window.succeeded('p', 20_000);
  window.failed('p', 30_000);
  t.false(window.isFailing('p', 31_000));
});

test('the record is clean after a long time without failures, and when the peer is forgotten', (t) => {
  const window = new FailureWindow(options);
  avoidedMs(window, 'p', 5);
  window.failed('p', 1_000_000);
  t.false(window.isFailing('p', 1_001_000));
  window.failed('p', 1_001_000);
  window.forget('p');
  t.false(window.isFailing('p', 1_001_000));
});

test('peers fail independently; a crowd of failing ones is bounded', (t) => {
  const window = new FailureWindow(options);
  for (let i = 0; i < 50; i += 1) window.failed(`p${i}`, i);
  t.deepEqual(
    Array.from({ length: 50 }, (_, i) => i).filter((i) => window.isFailing(`p${i}`, 60)),
    [42, 43, 44, 45, 46, 47, 48, 49],
  );
});

test('whatever happens, nobody is avoided for longer than the bounds say', (t) => {
  const event = fc.record({
    kind: fc.constantFrom('failed', 'succeeded', 'attempting'),
    gapMs: fc.nat(5000),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 100 }), (events) => {
      const window = new FailureWindow(options);
      let now = 0;
      for (const { kind, gapMs } of events) {
        now += gapMs;
        window[kind]('p', now);
      }
      t.false(window.isFailing('p', now + Math.max(options.maxMs, options.trialMs)));
    }),
  );
});
