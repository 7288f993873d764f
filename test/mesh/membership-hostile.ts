import test from 'ava';
import * as pb from '../../protocols/membership/membership_pb.js';
import type { Process } from '../../sim/machine.ts';
import { encodeMessage } from '../../src/platform/messages.ts';
import { Classroom } from './helpers/classroom.ts';

const options = { timeoutMs: 1000 };
const METHODS = ['hello', 'ping', 'probe', 'sync', 'leave', 'part'].map((name) => `membership.${name}`);

/** A room of four and a member of the mesh that speaks the protocol as it likes. */
async function infiltrated(seed: number) {
  const room = new Classroom(seed);
  const machines = await room.fill(4);
  await room.converge(5000);
  await room.world.time.advance(5000);
  room.alarms.length = 0;
  const spy = room.world.addMachine().boot();
  await spy.network.start();
  const [victim] = machines;
  await room.world.time.settle(spy.network.connect({ addresses: victim!.addresses }, options), 1000);
  const call = (method: string, payload: Uint8Array) =>
    room.world.time.settle(spy.network.call(victim!.peer, method, payload, options), 2000);
  return { room, machines, victim: victim!, spy, call };
}

const recordOf = ({ network }: Process, peer: string = network.self, sequence = 1n) =>
  encodeMessage(pb.RecordSchema, { peer, sequence, offer: { name: 'spy', version: '1' } });

test('random bytes to every method do no harm', async (t) => {
  const { room, machines, spy, call, victim } = await infiltrated(1);
  for (let i = 0; i < 200; i += 1) {
    const payload = spy.random.bytes(1 + Math.floor(spy.random.next() * 200));
    await call(METHODS[i % METHODS.length]!, payload).catch(() => undefined);
    spy.network.notify(victim.peer, 'membership.records', payload);
    spy.network.publish('membership', payload);
  }
  await room.world.time.advance(5000);
  for (const one of machines) for (const other of machines) t.is(room.state(one, other), 'alive');
  t.deepEqual(
    room.alarms.filter(({ of }) => of !== spy.network.self),
    [],
  );
});

test('nobody can introduce itself as another', async (t) => {
  const { room, machines, spy, call, victim } = await infiltrated(2);
  const self = recordOf(spy, machines[1]!.peer, 2n ** 50n);
  await t.throwsAsync(call('membership.hello', encodeMessage(pb.HelloSchema, { self })), {
    code: 'MESSAGE_MALFORMED',
  });
  spy.network.publish('membership', encodeMessage(pb.NewsSchema, { self }));
  await room.world.time.advance(1000);
  t.is(room.of(victim).member(machines[1]!.peer)!.offer.name, `host of ${machines[1]!.peer}`);
});

test('slander is refuted: a peer said to be dead stays alive for everyone', async (t) => {
  const { room, machines, spy, call } = await infiltrated(3);
  const sequence = BigInt(room.world.machines[0]!.process.clock.wallTime() + 1_000_000);
  await call(
    'membership.hello',
    encodeMessage(pb.HelloSchema, { self: recordOf(spy), digest: new Uint8Array(64) }),
  );
  for (const standing of [pb.Standing.SUSPECT, pb.Standing.DEAD, pb.Standing.LEFT]) {
    const claims = [{ peer: machines[2]!.peer, sequence, standing }];
    await call('membership.ping', encodeMessage(pb.PingSchema, { sequence: 1n, claims }));
    spy.network.publish('membership', encodeMessage(pb.NewsSchema, { claims }));
    await room.world.time.advance(3000);
    for (const one of machines) for (const other of machines) t.is(room.state(one, other), 'alive');
  }
});

test('invented members fill no more than the table, and are gone when nobody finds them', async (t) => {
  const { room, machines, spy, call, victim } = await infiltrated(4);
  await call(
    'membership.hello',
    encodeMessage(pb.HelloSchema, { self: recordOf(spy), digest: new Uint8Array(64) }),
  );
  for (let batch = 0; batch < 3; batch += 1) {
    const records = Array.from({ length: 1000 }, (_, i) => recordOf(spy, `ghost-${batch}-${i}`));
    spy.network.notify(victim.peer, 'membership.records', encodeMessage(pb.RecordsSchema, { records }));
    await room.world.time.advance(100);
  }
  t.true(room.of(victim).members().length <= 2001);
  for (const other of machines) t.is(room.state(victim, other), 'alive');
});

test('a member that answers no hello is asked again, and is no member until then', async (t) => {
  const { room, victim, spy } = await infiltrated(5);
  let hellos = 0;
  spy.network.onCall('membership.hello', () => {
    hellos += 1;
    throw new Error('not today');
  });
  await room.world.time.advance(60_000);
  t.true(hellos >= 5 && hellos <= 60, `${hellos}`);
  t.is(room.of(victim).member(spy.network.self), undefined);
});

test('probes on behalf of others are limited', async (t) => {
  const { room, machines, victim, spy } = await infiltrated(6);
  machines[1]!.process.clock.stall();
  const request = encodeMessage(pb.ProbeRequestSchema, { peer: machines[1]!.peer });
  const calls = Array.from({ length: 40 }, () =>
    spy.network.call(victim.peer, 'membership.probe', request, options).then(
      () => 'served',
      (error) => error.code,
    ),
  );
  const outcomes = await room.world.time.settle(Promise.all(calls), 5000);
  t.is(outcomes.filter((outcome) => outcome === 'served').length, 16);
  t.is(outcomes.filter((outcome) => outcome === 'BUSY').length, 24);
});

test('a copy of an identity is noticed', async (t) => {
  const room = new Classroom(7);
  const errors: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (_: object, message: string) => void errors.push(message),
  };
  const one = await room.join();
  const machine = room.world.addMachine();
  await room.boot(machine, one.addresses, { log });
  await room.converge(5000);
  for (let i = 0; i < 10; i += 1) {
    const sequence = BigInt(machine.process.clock.wallTime() + 1_000_000 * (i + 1));
    const record = recordOf(one.process, machine.peer, sequence);
    one.process.network.notify(
      machine.peer,
      'membership.records',
      encodeMessage(pb.RecordsSchema, { records: [record] }),
    );
    await room.world.time.advance(3000);
  }
  t.is(errors.length, 1);
  t.regex(errors[0]!, /own data folder/);
});

test('a listener that fails harms nothing', async (t) => {
  const room = new Classroom(8);
  const machines = await room.fill(3);
  for (const machine of machines) {
    room.of(machine).on('change', () => {
      throw new Error('a broken listener');
    });
  }
  t.true(await room.converge(5000));
});
