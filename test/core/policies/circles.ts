import test from 'ava';
import fc from 'fast-check';
import { placementConfig } from '../../../src/config/placement.ts';
import { type Circle, Circles } from '../../../src/core/policies/circles.ts';

const options = { ...placementConfig.parse({}).circles, min: 3, maxGroups: 10, growth: 0.6, shortShare: 0.3 };
const { widenEveryMs, narrowEveryMs } = options;

/** Drawings of one project, one each `everyMs`; the time after the last. */
function draw(circles: Circles, short: boolean, count: number, fromMs: number, everyMs = 10): number {
  for (let i = 0; i < count; i += 1) circles.drew('p', short, fromMs + i * everyMs);
  return fromMs + count * everyMs;
}

test('a project that nobody has spoken of has the least', (t) => {
  t.deepEqual(new Circles(options).of('p'), { peers: 3, version: 0 });
});

test('grows while its holders are too busy, by steps with some time between them', (t) => {
  const circles = new Circles(options);
  draw(circles, true, 20, 0, 1);
  t.deepEqual(circles.of('p'), { peers: 5, version: 1 });
  let nowMs = widenEveryMs;
  for (let step = 0; step < 10; step += 1) nowMs = draw(circles, true, 100, nowMs, widenEveryMs / 50);
  t.true(circles.of('p').peers > 100);
});

test('one drawing in ten too many for its holders changes nothing', (t) => {
  const circles = new Circles(options);
  for (let i = 0; i < 1000; i += 1) circles.drew('p', i % 10 === 0, i * 100);
  t.is(circles.of('p').peers, 3);
});

test('becomes narrow again, slowly, down to the least', (t) => {
  const circles = new Circles(options);
  circles.hear('p', { peers: 20, version: 7 }, 0);
  draw(circles, false, 10, 0);
  t.is(circles.of('p').peers, 20);
  circles.drew('p', false, narrowEveryMs);
  t.deepEqual(circles.of('p'), { peers: 18, version: 8 });
  for (let i = 2; i < 100; i += 1) circles.drew('p', false, i * narrowEveryMs);
  t.is(circles.of('p').peers, 3);
});

test('all who hear the same circles, in whatever order and however often, agree', (t) => {
  const anyCircle: fc.Arbitrary<Circle> = fc.record({
    peers: fc.nat(300),
    version: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(
      fc.array(anyCircle, { minLength: 1, maxLength: 20 }),
      fc.infiniteStream(fc.nat(99)),
      (heard, order) => {
        const [one, other] = [new Circles(options), new Circles(options)];
        for (const circle of heard) one.hear('p', circle, 0);
        const shuffled = [...heard, ...heard]
          .map((circle) => ({ circle, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at);
        for (const { circle } of shuffled) other.hear('p', circle, 0);
        t.deepEqual(one.of('p'), other.of('p'));
      },
    ),
  );
});

test('what a peer claims is bounded', (t) => {
  const circles = new Circles(options);
  circles.hear('p', { peers: 4_000_000_000, version: 1 }, 0);
  t.is(circles.of('p').peers, 65_535);
  circles.hear('q', { peers: 0, version: 1 }, 0);
  t.is(circles.of('q').peers, 3);
});

test('forgets the project unused for longest', (t) => {
  const circles = new Circles({ ...options, maxGroups: 2 });
  for (const [index, group] of ['a', 'b', 'a', 'c'].entries()) {
    circles.hear(group, { peers: 5, version: index + 1 }, 0);
  }
  t.deepEqual(
    ['a', 'b', 'c'].map((group) => circles.of(group).peers),
    [5, 3, 5],
  );
});
