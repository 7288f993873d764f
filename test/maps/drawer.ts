import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { configSchema } from '../../src/config.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { solidPng } from '../../src/engines/png.ts';
import { Drawer, type DrawerOptions } from '../../src/maps/drawer.ts';
import type { Drawing } from '../../src/maps/drawing.ts';
import type { PartPack } from '../../src/maps/part-pack.ts';
import type { Catalogue } from '../../src/projects/project.ts';

const identity = { name: 'fake', version: '1', fonts: '' };
const config = configSchema.parse({});
const options: DrawerOptions = { ...config.maps, costs: config.placement.costModel };

/** A drawer of two projects whose engine opens a project when it is told to. */
function makeDrawer() {
  const time = new VirtualTime();
  const opened: string[] = [];
  const warm = new Set<string>();
  const gates: Array<() => void> = [];
  const engine = {
    identity,
    load: () => ({ slots: 2, running: 0, queued: 0 }),
    isWarm: (hash: string) => warm.has(hash),
    legend: async () => solidPng(1, 1, [0, 0, 0], 0),
    preload: async ({ description: { hash } }: { description: { hash: string } }) => {
      opened.push(hash);
      await new Promise<void>((resolve) => gates.push(resolve));
      warm.add(hash);
    },
  } as unknown as Engine;
  const catalogue = {
    byHash: (hash: string) => ({ description: { hash, engine: 'fake' } }),
    hold: () => () => {},
    list: () => ['a', 'b'].map((hash) => ({ description: { hash, engine: 'fake' } })),
  } as unknown as Catalogue;
  const drawer = new Drawer({
    engines: new Map([['fake', engine]]),
    catalogue,
    clock: new MachineClock(time),
    self: { peer: 'peer', name: 'peer' },
    options,
  });
  const finish = async () => {
    for (const open of gates.splice(0)) open();
    await time.advance(1);
  };
  return { drawer, opened, warm, finish, time };
}

function drawingOf(projectHash: string): Drawing {
  const task = {
    kind: 'legend',
    layer: 'land',
    style: '',
    encoding: 'png',
    transparent: true,
    width: 1,
    height: 1,
    dpi: 90,
  };
  return { projectHash, engine: identity, task } as unknown as Drawing;
}

test('an idle peer opens a project ahead, once, and counts it as open and itself as busy meanwhile', async (t) => {
  const { drawer, opened, finish, time } = makeDrawer();
  const drawing = drawingOf('a');
  t.true(drawer.terms(drawing).coldMs > 0);
  drawer.open(drawing);
  drawer.open(drawing);
  t.deepEqual(opened, ['a']);
  t.is(drawer.terms(drawing).coldMs, 0);
  t.is(drawer.occupation(drawing).runningMs.length, 1);
  await finish();
  t.is(drawer.terms(drawing).coldMs, 0);
  t.is(drawer.occupation(drawing).runningMs.length, 0);
  await time.advance(options.openEveryMs);
  drawer.open(drawing);
  t.deepEqual(opened, ['a']);
});

test('projects are opened ahead one after the other, with time between them', async (t) => {
  const { drawer, opened, finish, time } = makeDrawer();
  drawer.open(drawingOf('a'));
  drawer.open(drawingOf('b'));
  await finish();
  drawer.open(drawingOf('b'));
  t.deepEqual(opened, ['a']);
  await time.advance(options.openEveryMs);
  drawer.open(drawingOf('b'));
  t.deepEqual(opened, ['a', 'b']);
});

test('what had to be closed again is not opened ahead again soon', async (t) => {
  const { drawer, opened, warm, finish, time } = makeDrawer();
  drawer.open(drawingOf('a'));
  await finish();
  warm.clear();
  await time.advance(options.openEveryMs);
  drawer.open(drawingOf('a'));
  t.deepEqual(opened, ['a']);
  await time.advance(options.reopenMs);
  drawer.open(drawingOf('a'));
  t.deepEqual(opened, ['a', 'a']);
});

test('tells what it has open, what is being opened included', async (t) => {
  const { drawer, warm, finish, time } = makeDrawer();
  t.deepEqual(drawer.openProjects, []);
  drawer.open(drawingOf('b'));
  await time.advance(1_000);
  t.deepEqual(drawer.openProjects, ['b']);
  await finish();
  warm.add('a');
  await time.advance(1_000);
  t.deepEqual(drawer.openProjects, ['a', 'b']);
});

test('learns what opening takes here, also for projects that it never opened', async (t) => {
  const { drawer, finish, time } = makeDrawer();
  const assumedMs = drawer.terms(drawingOf('b')).coldMs;
  drawer.open(drawingOf('a'));
  await time.advance(5 * assumedMs);
  await finish();
  const learnedMs = drawer.terms(drawingOf('b')).coldMs;
  t.true(learnedMs > 1.5 * assumedMs && learnedMs < 5 * assumedMs, String(learnedMs));
});

test('while all that runs is long overdue, what waits is expected to take as much longer', async (t) => {
  const { drawer, time } = makeDrawer();
  const drawing = drawingOf('a');
  t.is(drawer.occupation(drawing).speed, 1);
  drawer.open(drawing);
  await time.advance(options.coldProjectMs);
  t.is(drawer.occupation(drawing).speed, 1);
  await time.advance(3 * options.coldProjectMs);
  t.true(Math.abs(drawer.occupation(drawing).speed - 1 / 4) < 0.01);
});

test('who waits for a drawing has it before anything is learned from it', async (t) => {
  const { drawer, time } = makeDrawer();
  const drawing = drawingOf('a');
  const before = drawer.estimate(drawing).meanMs;
  const shown = Promise.withResolvers<PartPack>();
  const drawn = drawer.draw(drawing, new AbortController().signal, shown.resolve);
  const pack = await shown.promise;
  t.is(drawer.estimate(drawing).meanMs, before);
  t.is(drawer.tasks, 1);
  await time.advance(1);
  t.is(await drawn, pack);
  t.not(drawer.estimate(drawing).meanMs, before);
  t.is(drawer.tasks, 0);
});
