import test from 'ava';
import { StandInEngine, type StandInOptions } from '../../src/engines/stand-in.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { Random } from '../../src/platform/random.ts';
import { systemClock } from '../../src/platform/system.ts';
import { ManualClock } from '../platform/helpers/manual-clock.ts';
import { engineCompliance } from './compliance/engine.ts';
import { codeOf, patient, squareTask } from './helpers/engines.ts';
import { makeBundle, testFolder } from './helpers/projects.ts';

const options: StandInOptions = { serviceMs: 100, slots: 1, queueLimit: 2, jitter: 0, tileBytes: 30_000 };

const folder = testFolder();
test.after.always(() => folder.remove());
const bundle = makeBundle(folder, 'plain', '');

/** The machine's time; its timers, unlike those of a peer, keep the process alive. */
const holdingClock: Clock = {
  ...systemClock,
  after(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
    return { cancel: () => clearTimeout(handle) };
  },
};

engineCompliance(test.serial, 'stand-in', async (use) => {
  const endless = squareTask(bundle);
  // Whoever begins next is fast or endless by the jitter that it draws.
  let nextIsEndless = false;
  const random: Random = { next: () => (nextIsEndless ? 1e9 : 0), bytes: (length) => new Uint8Array(length) };
  const engine = new StandInEngine({ ...options, jitter: 1 }, holdingClock, random);
  const render = engine.render.bind(engine);
  engine.render = (task, work) => {
    const onStart = () => {
      nextIsEndless = task === endless;
      work.onStart?.();
    };
    return render(task, { ...work, onStart });
  };
  await engine.start();
  await use({ engine, bundle, endless });
  await engine.stop(0);
});

test('a drawing takes its service time, of the clock it is given', async (t) => {
  const clock = new ManualClock();
  const engine = new StandInEngine(options, clock);
  const drawing = engine.render(squareTask(bundle), patient());
  await clock.advanceSettled(99);
  t.is(engine.load().running, 1);
  await clock.advanceSettled(1);
  t.is((await drawing).renderMs, 100);
  t.is(engine.load().running, 0);
});

test('draws in as many slots as it has', async (t) => {
  const clock = new ManualClock();
  const engine = new StandInEngine({ ...options, slots: 2 }, clock);
  const drawings = [1, 2, 3].map(() => engine.render(squareTask(bundle), patient()));
  await clock.advanceSettled(0);
  t.deepEqual(engine.load(), { slots: 2, running: 2, queued: 1 });
  await clock.advanceSettled(100);
  t.deepEqual(engine.load(), { slots: 2, running: 1, queued: 0 });
  await clock.advanceSettled(100);
  t.is((await Promise.all(drawings)).length, 3);
});

test('the jitter spreads the service time evenly around its middle', async (t) => {
  const draws = [0, 0.5, 0.999];
  const random: Random = { next: () => draws.shift() ?? 0, bytes: (length) => new Uint8Array(length) };
  const clock = new ManualClock();
  const engine = new StandInEngine({ ...options, jitter: 0.5, slots: 3 }, clock, random);
  const drawings = [1, 2, 3].map(() => engine.render(squareTask(bundle), patient()));
  await clock.advanceSettled(150);
  const times = (await Promise.all(drawings)).map(({ renderMs }) => Math.round(renderMs));
  t.deepEqual(times, [50, 100, 150]);
});

test('answers images of the chosen size in bytes', async (t) => {
  const clock = new ManualClock();
  const drawing = new StandInEngine(options, clock).render(squareTask(bundle), patient());
  await clock.advanceSettled(100);
  t.is((await drawing).tiles[0]?.length, 30_000);
});

test('refuses encodings other than PNG, and finds no features', async (t) => {
  const clock = new ManualClock();
  const engine = new StandInEngine(options, clock);
  t.is(await codeOf(engine.render(squareTask(bundle, { encoding: 'jpeg' }), patient())), 'REQUEST_INVALID');
  const info = engine.featureInfo({}, patient());
  await clock.advanceSettled(100);
  t.deepEqual(await info, []);
});
