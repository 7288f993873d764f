import test from 'ava';
import { runScenario } from '../../../sim/run.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { parseScenario } from '../../../sim/scenario/load.ts';

const quiet = {
  name: 'quiet',
  description: 'A few people.',
  peers: 5,
  boot: { overMs: 500 },
  warmUpMs: 2_000,
};

async function eventsOf(load: object, durationMs: number) {
  const scenario = parseScenario({ ...quiet, load, durationMs, convergenceMs: 1_000 });
  const events: RunEvent[] = [];
  const watching = {
    name: 'watching',
    violations: [],
    observe: (event: RunEvent) => void events.push(event),
  };
  const result = await runScenario(scenario, { seed: 1, checkers: [watching] });
  return { events, result };
}

test.serial(
  'people who browse ask at their rate, and much of it is there or under way already',
  async (t) => {
    const { events, result } = await eventsOf({ kind: 'browse', perUserPerSecond: 2 }, 42_000);
    // 5 people for 40 s, in bursts.
    t.true(result.requests > 250 && result.requests < 600, `${result.requests} requests`);
    const shared = events.filter((event) => event.kind === 'request-answered' && event.cache !== 'miss');
    t.true(shared.length > result.requests / 3, `${shared.length} of ${result.requests} needed no drawing`);
    t.is(result.errors, 0);
  },
);

test.serial('one view for everyone is drawn once in the room', async (t) => {
  const { events, result } = await eventsOf({ kind: 'one-view', everyMs: 4_000 }, 10_000);
  t.is(result.requests, 2 * 5 * 20);
  // 20 tiles lie in 6 to 9 blocks of 4, and the second view shares none with the first.
  const drawn = events.filter(({ kind }) => kind === 'drawn').length;
  t.true(drawn >= 10 && drawn <= 24, `${drawn} drawings`);
  t.is(result.duplicatedRenders, 0);
});

test.serial('only the share of people that the scenario names asks', async (t) => {
  const { events } = await eventsOf({ kind: 'scatter', ofCapacity: 0.1, users: 0.4 }, 4_000);
  const doors = new Set(events.flatMap((event) => (event.kind === 'request-sent' ? [event.door] : [])));
  t.is(doors.size, 2);
});

test.serial('who asks at a machine that dies is told apart', async (t) => {
  const scenario = parseScenario({
    ...quiet,
    load: { ofCapacity: 0.5 },
    durationMs: 6_000,
    convergenceMs: 5_000,
    faults: [{ kind: 'kill', atMs: 4_000, peer: 2, downMs: 1_000 }],
  });
  const failed: RunEvent[] = [];
  const observe = (event: RunEvent) => {
    if (event.kind === 'request-failed') failed.push(event);
  };
  const result = await runScenario(scenario, {
    seed: 1,
    checkers: [{ name: 'failures', violations: [], observe }],
  });
  t.true(failed.length > 0);
  t.true(failed.every((event) => event.kind === 'request-failed' && event.code === 'DOOR_DIED'));
  t.is(result.errors, 0);
});
