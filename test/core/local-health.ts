import test from 'ava';
import fc from 'fast-check';
import { LocalHealth } from '../../src/core/local-health.ts';

const options = { maxScore: 8, delayPerPointMs: 200 };

test('a healthy peer stretches nothing', (t) => {
  const health = new LocalHealth(options);
  t.is(health.multiplier(0), 1);
  health.probeSucceeded();
  t.is(health.score, 0);
});

test('helpers that are silent, and the suspicion of others, make a peer doubt itself until probes succeed', (t) => {
  const health = new LocalHealth(options);
  health.probeFailed(3);
  health.suspectedByOthers();
  t.is(health.multiplier(0), 5);
  for (let i = 0; i < 4; i += 1) health.probeSucceeded();
  t.is(health.multiplier(0), 1);
});

test('a probe that failed with every helper answering says nothing against this peer', (t) => {
  const health = new LocalHealth(options);
  health.probeFailed(0);
  t.is(health.multiplier(0), 1);
});

test('a delayed event loop stretches at once', (t) => {
  const health = new LocalHealth(options);
  t.is(health.multiplier(100), 1.5);
  t.is(health.multiplier(1e9), 9);
  t.is(health.multiplier(-5), 1);
  t.is(health.multiplier(Number.NaN), 1);
});

test('score and multiplier stay within their bounds', (t) => {
  const step = fc.oneof(fc.constant('ok'), fc.constant('suspected'), fc.nat(5));
  fc.assert(
    fc.property(fc.array(step), fc.double(), (steps, delayMs) => {
      const health = new LocalHealth(options);
      for (const each of steps) {
        if (each === 'ok') health.probeSucceeded();
        else if (each === 'suspected') health.suspectedByOthers();
        else health.probeFailed(each);
        t.true(health.score >= 0 && health.score <= options.maxScore);
        const multiplier = health.multiplier(delayMs);
        t.true(multiplier >= 1 && multiplier <= 1 + options.maxScore);
      }
    }),
  );
});
