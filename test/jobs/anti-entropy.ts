import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Machine } from '../../sim/machine.ts';
import { SimulatedStatusDisk, SimulatedStatusStore } from '../../sim/status-store.ts';
import { jobsConfig } from '../../src/config/jobs.ts';
import { mergeRecords, type StatusRecord } from '../../src/core/jobs/status-record.ts';
import { AntiEntropy } from '../../src/jobs/anti-entropy.ts';
import { StatusMap } from '../../src/jobs/status-map.ts';
import { writing } from '../../src/jobs/wire.ts';
import { silentLog } from '../../src/platform/log.ts';
import { acceptedJob, anyStatus, START_MS } from '../core/jobs/helpers/statuses.ts';
import { Classroom } from '../mesh/helpers/classroom.ts';

const DAY_MS = 86_400_000;
const { replication, statuses } = jobsConfig.parse({});
const options = replication.antiEntropy;

interface Partner {
  readonly machine: Machine;
  readonly map: StatusMap;
}

/** Two peers that do nothing but compare; the second one by itself only when it meets the first. */
async function partners(seed: number, secondMs = DAY_MS) {
  const classroom = new Classroom(seed);
  const { world } = classroom;
  const of = async (machine: Machine, maxPeriodMs: number): Promise<Partner> => {
    const { clock, random, network } = machine.process;
    const store = new SimulatedStatusStore(new SimulatedStatusDisk(random.split('statuses')), clock);
    const map = new StatusMap({ store, clock, log: silentLog, options: statuses });
    // The longest period that may be drawn.
    const late = { next: () => 1 - Number.EPSILON, bytes: (length: number) => random.bytes(length) };
    const compared = new AntiEntropy({ network, clock, random: late, log: silentLog }, map, {
      ...options,
      maxPeriodMs,
    });
    compared.listen();
    await world.time.settle(map.open(), 1000);
    compared.start();
    return { machine, map };
  };
  const [one, two] = (await classroom.fill(2)) as [Machine, Machine];
  const pair = [await of(one, options.maxPeriodMs), await of(two, secondMs)] as const;
  let compares = 0;
  world.fabric.observe(({ label }) => {
    if (label.includes('jobs.compare')) compares += 1;
  });
  return {
    pair,
    compares: () => compares,
    advance: (ms: number) => world.time.advance(ms),
    take: ({ map }: Partner, ...records: StatusRecord[]) =>
      world.time.settle(map.take(records.map((record) => ({ record }))), 1000),
    held: ({ map }: Partner, id: string) => world.time.settle(map.get(id), 1000),
  };
}

type Room = Awaited<ReturnType<typeof partners>>;

const version = (record: StatusRecord | undefined) => record && `${record.fingerprint} ${record.expiresAt}`;

/** Gives each partner its records of jobs that both know; both hold the joined ones once the first has compared. */
async function agree(t: ExecutionContext, room: Room, records: ReadonlyArray<readonly StatusRecord[]>) {
  for (const [at, partner] of room.pair.entries())
    await room.take(partner, ...records.map((both) => both[at]!));
  await room.advance(options.maxPeriodMs + 2000);
  for (const partner of room.pair) {
    for (const both of records) {
      const joined = both.reduce(mergeRecords);
      t.is(version(await room.held(partner, joined.status.id)), version(joined));
    }
  }
}

for (const [who, at] of [
  ['the caller', 0],
  ['the one that is asked', 1],
] as const) {
  test(`a later expiry alone reaches the other by one comparison after many of equal ones: of ${who}`, async (t) => {
    const room = await partners(1);
    const job = acceptedJob('job');
    const early = writing(job, START_MS + DAY_MS);
    await agree(t, room, [[early, early]]);
    await room.advance(10 * options.maxPeriodMs);
    const late = writing(job, START_MS + DAY_MS + 17);
    t.is(late.fingerprint, early.fingerprint);
    await agree(t, room, [at === 0 ? [late, early] : [early, late]]);
  });
}

test('one comparison mends both sides, whatever they hold of the jobs that both know', async (t) => {
  const room = await partners(2);
  const record = fc
    .tuple(anyStatus, fc.nat({ max: 3 }))
    .map(([status, ms]) => ({ status, expiresAt: START_MS + 20 * DAY_MS + ms }));
  let jobs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(record, record), { minLength: 1, maxLength: 8 }), async (pairs) => {
      const records = pairs.map((both) => {
        jobs += 1;
        return both.map(({ status, expiresAt }) => writing({ ...status, id: `job-${jobs}` }, expiresAt));
      });
      await agree(t, room, records);
    }),
    { numRuns: 50 },
  );
});

test('two of which one refuses what the other holds do not ask each other without end', async (t) => {
  const room = await partners(3, options.maxPeriodMs);
  const [one, two] = room.pair;
  const job = acceptedJob('job');
  one.machine.shiftWallTime(-DAY_MS / 2);
  const early = writing(job, START_MS + DAY_MS);
  const late = writing(job, START_MS + statuses.maxTtlMs + (3 / 4) * DAY_MS);
  await room.take(one, early);
  await room.take(two, late);
  const before = room.compares();
  await room.advance(20 * options.maxPeriodMs);
  t.is((await room.held(one, 'job'))?.expiresAt, early.expiresAt);
  t.is((await room.held(two, 'job'))?.expiresAt, late.expiresAt);
  // Of each peer what its timer begins and what that prompts at the other, each a call and its answer.
  t.true(room.compares() - before <= 2 * 2 * 2 * 21, `${room.compares() - before}`);
});
