import test from 'ava';
import { type Drawn, SimulatedEngine } from '../../../sim/engine/simulated-engine.ts';
import { bundleOf } from '../../../sim/projects.ts';
import { SeededRandom } from '../../../sim/random.ts';
import { World } from '../../../sim/world.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { systemClock } from '../../../src/platform/system.ts';
import { engineCompliance } from '../../engines/compliance/engine.ts';
import { codeOf, patient, squareTask } from '../../engines/helpers/engines.ts';
import { makeBundle, testFolder } from '../../engines/helpers/projects.ts';

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

function conditionOf(speed: number, slots = 1) {
  return {
    speed,
    slots,
    ownerFactor: 0.5,
    ownerActive: false,
    slowFactor: 1,
    shortOfMemory: false,
    failureRate: 0,
  };
}

const options = { queueLimit: 2, warmProjects: 2, coldMs: 300, tileBytes: 0 };

engineCompliance(test.serial, 'simulated', async (use) => {
  const endless = squareTask(bundle, { layers: ['endless'] });
  const engine = new SimulatedEngine({
    clock: holdingClock,
    random: new SeededRandom(1),
    condition: conditionOf(1),
    options: { ...options, coldMs: 0 },
    serviceMs: (_, key) => (key.includes('endless') ? 1e9 : 1),
    onDrawn: () => {},
  });
  await engine.start();
  await use({ engine, bundle, endless });
  await engine.stop(0);
});

/** An engine in virtual time whose drawings take 60 ms at speed 1. */
function virtual(speed: number) {
  const world = new World(1);
  const { clock, random } = world.addMachine().boot();
  const condition = conditionOf(speed);
  const drawn: Drawn[] = [];
  const engine = new SimulatedEngine({
    clock,
    random,
    condition,
    options,
    serviceMs: () => 60,
    onDrawn: (drawing) => drawn.push(drawing),
  });
  const draw = async (project: string) => {
    const startedAt = world.time.nowMs;
    await world.time.settle(
      engine.render(squareTask(bundleOf(project, project.repeat(64))), patient()),
      10_000,
    );
    return world.time.nowMs - startedAt;
  };
  return { engine, condition, drawn, draw };
}

test('a slow machine draws slowly, and more slowly beside its owner', async (t) => {
  const { engine, condition, draw } = virtual(0.5);
  engine.haveOpen(bundleOf('a', 'a'.repeat(64)));
  t.is(await draw('a'), 120);
  condition.ownerActive = true;
  t.is(await draw('a'), 240);
});

test('the project used longest ago is opened anew, at a cost', async (t) => {
  const { engine, drawn, draw } = virtual(1);
  t.is(await draw('a'), 360);
  t.is(await draw('a'), 60);
  await draw('b');
  await draw('a');
  await draw('c');
  t.false(engine.isWarm('b'.repeat(64)));
  t.is(await draw('a'), 60);
  t.is(await draw('b'), 360);
  t.deepEqual(
    drawn.map(({ cold }) => cold),
    [true, false, true, false, true, false, true],
  );
});

test('equal tasks give equal bytes, others do not', async (t) => {
  const { engine } = virtual(1);
  const other = virtual(1.6).engine;
  t.is(await codeOf(engine.render(squareTask(bundle, { encoding: 'jpeg' }), patient())), 'REQUEST_INVALID');
  const world = new World(2);
  const parts = { condition: conditionOf(1), options, serviceMs: () => 1, onDrawn: () => {} };
  const own = new SimulatedEngine({ ...parts, ...world.addMachine().boot() });
  const task = squareTask(bundle, { columns: 2, rows: 1 });
  const [one, again] = [
    await world.time.settle(own.render(task, patient()), 1_000),
    await world.time.settle(own.render(task, patient()), 1_000),
  ];
  t.deepEqual(one.tiles, again.tiles);
  t.notDeepEqual(one.tiles[0], one.tiles[1]);
  t.is(engine.identity.version, other.identity.version);
});
