import test from 'ava';
import type { FabricOptions } from '../../sim/fabric.ts';
import type { SimulatedNetwork } from '../../sim/network.ts';
import { World } from '../../sim/world.ts';
import { errorCode } from '../../src/core/errors.ts';

const options = { timeoutMs: 5000 };
const bytes = (text: string) => new TextEncoder().encode(text);

/** Two connected networks, the second answering `echo`, and what each saw of its connections. */
async function pair(fabric: Partial<FabricOptions> = {}) {
  const world = new World(1, fabric);
  const machines = [world.addMachine(), world.addMachine()] as const;
  const events: string[] = [];
  for (const machine of machines) {
    const { network } = machine.boot();
    await network.start();
    network.on('connect', (peer) => events.push(`${machine.peer} connect ${peer}`));
    network.on('disconnect', (peer) => events.push(`${machine.peer} disconnect ${peer}`));
    network.onCall('echo', (payload) => payload);
  }
  const [a, b] = machines.map((machine) => machine.process.network) as [SimulatedNetwork, SimulatedNetwork];
  await world.time.settle(a.connect({ peer: b.self, addresses: b.addresses() }, options), 1000);
  events.length = 0;
  return { world, machines, a, b, events };
}

test('a partition holds data back; healed soon, they arrive late and in order', async (t) => {
  const { world, a, b, events } = await pair();
  const received: string[] = [];
  b.onNotice('n', (payload) => received.push(Buffer.from(payload).toString()));
  world.fabric.partition([a.self], [b.self]);
  for (const each of ['1', '2', '3']) a.notify(b.self, 'n', bytes(each));
  await world.time.advance(10_000);
  t.deepEqual(received, []);
  t.true(a.isConnected(b.self) && b.isConnected(a.self));
  world.fabric.heal();
  a.notify(b.self, 'n', bytes('4'));
  await world.time.advance(5000);
  t.deepEqual(received, ['1', '2', '3', '4']);
  t.deepEqual(events, []);
});

test('data that nobody acknowledges for long end the connection, at both sides after healing', async (t) => {
  const { world, a, b, events } = await pair();
  world.fabric.partition([a.self], [b.self]);
  a.notify(b.self, 'n', bytes('x'));
  await world.time.advance(31_000);
  t.deepEqual(events, ['peer-1 disconnect peer-2']);
  t.true(b.isConnected(a.self));
  world.fabric.heal();
  b.notify(a.self, 'n', bytes('x'));
  await world.time.advance(1000);
  t.deepEqual(events, ['peer-1 disconnect peer-2', 'peer-2 disconnect peer-1']);
});

test('a way closed in one direction lets requests through and no answers', async (t) => {
  const { world, a, b } = await pair();
  world.fabric.block([b.self], [a.self]);
  let asked = 0;
  b.onCall('count', () => {
    asked += 1;
    return bytes('');
  });
  await t.throwsAsync(world.time.settle(a.call(b.self, 'count', bytes(''), options), 10_000), {
    code: 'NETWORK_TIMEOUT',
  });
  t.is(asked, 1);
  world.fabric.unblock([b.self], [a.self]);
  await world.time.settle(a.call(b.self, 'count', bytes(''), options), 10_000);
  t.is(asked, 2);
});

test('a dial through a partition runs out of time, one to a dead process is refused at once', async (t) => {
  const { world, machines, a, b } = await pair();
  world.fabric.reset(a.self, b.self);
  world.fabric.partition([a.self], [b.self]);
  const target = { peer: b.self, addresses: b.addresses() };
  const begunMs = world.time.nowMs;
  await t.throwsAsync(world.time.settle(a.connect(target, options), 10_000), { code: 'NETWORK_TIMEOUT' });
  t.is(world.time.nowMs - begunMs, 5000);
  world.fabric.heal();
  machines[1].kill();
  await t.throwsAsync(world.time.settle(a.connect(target, options), 10), { code: 'NETWORK_UNREACHABLE' });
});

test('a killed process resets its connections, a machine without power does not', async (t) => {
  const killed = await pair();
  killed.machines[1].kill();
  await killed.world.time.advance(5);
  t.deepEqual(killed.events, ['peer-1 disconnect peer-2']);

  const unplugged = await pair();
  unplugged.machines[1].losePower();
  await unplugged.world.time.advance(60_000);
  t.deepEqual(unplugged.events, []);
  unplugged.a.notify(unplugged.b.self, 'n', bytes('x'));
  await unplugged.world.time.advance(31_000);
  t.deepEqual(unplugged.events, ['peer-1 disconnect peer-2']);
});

test('a machine that is back after a loss of power resets what others still hold open', async (t) => {
  const { world, machines, a, b, events } = await pair();
  machines[1].losePower();
  await world.time.advance(1000);
  machines[1].plugIn();
  await machines[1].boot().network.start();
  a.notify(b.self, 'n', bytes('x'));
  await world.time.advance(1000);
  t.deepEqual(events, ['peer-1 disconnect peer-2']);
  await world.time.settle(a.connect({ peer: b.self, addresses: b.addresses() }, options), 1000);
  t.true(a.isConnected(b.self));
});

test('a stopped process keeps its connections and answers when it goes on', async (t) => {
  const { world, machines, a, b, events } = await pair();
  machines[1].process.clock.stall();
  const call = a.call(b.self, 'echo', bytes('late'), { timeoutMs: 60_000 });
  await world.time.advance(20_000);
  machines[1].process.clock.resume();
  t.is(Buffer.from(await world.time.settle(call, 10)).toString(), 'late');
  t.deepEqual(events, []);
});

test('a machine that changes its network breaks its connections and is found at its new address', async (t) => {
  const { world, machines, a, b, events } = await pair();
  const before = b.addresses();
  machines[1].move(['/ip4/10.9.9.9/tcp/4001']);
  await world.time.advance(10);
  t.deepEqual(events.sort(), ['peer-1 disconnect peer-2', 'peer-2 disconnect peer-1']);
  const gone = a.connect({ peer: b.self, addresses: before }, options);
  await t.throwsAsync(world.time.settle(gone, 1000), { code: 'NETWORK_UNREACHABLE' });
  await world.time.settle(a.connect({ peer: b.self, addresses: b.addresses() }, options), 1000);
  t.true(b.isConnected(a.self));
});

test('lost notices and publications are lost, at about the given rate', async (t) => {
  const { world, a, b } = await pair({ noticeLoss: 0.3, gossipLoss: 0.3 });
  const received = { notices: 0, publications: 0 };
  b.onNotice('n', () => received.notices++);
  b.subscribe('t', () => received.publications++);
  for (let i = 0; i < 1000; i += 1) {
    a.notify(b.self, 'n', bytes('x'));
    a.publish('t', bytes('x'));
  }
  await world.time.advance(1000);
  t.true(Math.abs(received.notices - 700) < 60, `${received.notices}`);
  t.true(Math.abs(received.publications - 700) < 60, `${received.publications}`);
});

test('bandwidth and latency decide how long bulk takes', async (t) => {
  const { world, a, b } = await pair({ bandwidthBytesPerMs: 1000, latencyMs: 5, jitterMs: 0 });
  b.onStream('/sink', async (stream) => {
    for await (const _ of stream);
    await stream.closeWrite();
  });
  const stream = await world.time.settle(a.openStream(b.self, '/sink', options), 1000);
  const begunMs = world.time.nowMs;
  const done = (async () => {
    for (let i = 0; i < 50; i += 1) await stream.write(new Uint8Array(20_000));
    await stream.closeWrite();
    for await (const _ of stream);
  })();
  await world.time.settle(done, 60_000);
  const tookMs = world.time.nowMs - begunMs;
  t.true(tookMs > 1000 && tookMs < 1300, `${tookMs} ms for 1 MB at 1 MB/s`);
});

test('a sender that overruns the buffer of a closed way is reset', async (t) => {
  const { world, a, b, events } = await pair({ sendBufferBytes: 100_000 });
  world.fabric.partition([a.self], [b.self]);
  for (let i = 0; i < 20; i += 1) a.notify(b.self, 'n', new Uint8Array(10_000));
  await world.time.advance(1);
  t.deepEqual(events, ['peer-1 disconnect peer-2']);
});

test('nothing that a killed process began goes on', async (t) => {
  const { world, machines, a, b } = await pair();
  let went = 0;
  a.onCall('late', async () => {
    await new Promise<void>((resolve) => machines[0].process.clock.after(100, resolve));
    went += 1;
    return bytes('');
  });
  const call = b.call(a.self, 'late', bytes(''), options);
  await world.time.advance(50);
  machines[0].kill();
  await t.throwsAsync(world.time.settle(call, 1000), { code: 'NETWORK_CLOSED' });
  await world.time.advance(1000);
  t.is(went, 0);
});

test('one seed gives one trace, another seed another', async (t) => {
  const traceOf = async (seed: number) => {
    const world = new World(seed, { noticeLoss: 0.2 });
    const machines = Array.from({ length: 5 }, () => world.addMachine());
    for (const machine of machines) await machine.boot().network.start();
    for (const from of machines) {
      for (const to of machines) {
        if (from.peer >= to.peer) continue;
        const { network } = from.process;
        await world.time.settle(network.connect({ addresses: to.addresses }, options), 1000);
        for (let i = 0; i < 10; i += 1) network.notify(to.peer, 'n', from.process.random.bytes(10));
      }
    }
    await world.time.advance(1000);
    return world.trace.hash();
  };
  t.is(await traceOf(1), await traceOf(1));
  t.not(await traceOf(1), await traceOf(2));
});

test('a troubled link delivers everything in order, later, and only to and from its machine', async (t) => {
  const { world, a, b, events } = await pair();
  const arrivals: number[] = [];
  const received: string[] = [];
  b.onNotice('n', (payload) => {
    received.push(Buffer.from(payload).toString());
    arrivals.push(world.time.nowMs);
  });
  const send = async () => {
    const begunMs = world.time.nowMs;
    for (let each = 0; each < 20; each += 1) a.notify(b.self, 'n', bytes(String(each)));
    await world.time.advance(20_000);
    return arrivals.splice(0).at(-1)! - begunMs;
  };
  const healthyMs = await send();
  world.fabric.trouble(a.self, { loss: 0.3, duplication: 0, extraLatencyMs: 20 });
  const troubledMs = await send();
  world.fabric.relieve(a.self);
  t.true(troubledMs > 20 * healthyMs, `${troubledMs} ms after ${healthyMs} ms`);
  t.true((await send()) < troubledMs / 10);
  const expected = Array.from({ length: 20 }, (_, each) => String(each));
  t.deepEqual(received, [...expected, ...expected, ...expected]);
  t.deepEqual(events, []);
});

test('data lost in a short partition go before what was sent later and was still on its way', async (t) => {
  const { world, a, b } = await pair({ latencyMs: 100, jitterMs: 0 });
  const received: string[] = [];
  b.onNotice('n', (payload) => received.push(Buffer.from(payload).toString()));
  a.notify(b.self, 'n', bytes('1'));
  await world.time.advance(60);
  a.notify(b.self, 'n', bytes('2'));
  await world.time.advance(30);
  // The first one arrives at a closed way, the second one when it is open again.
  world.fabric.block([a.self], [b.self]);
  a.notify(b.self, 'n', bytes('3'));
  await world.time.advance(30);
  world.fabric.unblock([a.self], [b.self]);
  a.notify(b.self, 'n', bytes('4'));
  await world.time.advance(20_000);
  t.deepEqual(received, ['1', '2', '3', '4']);
});

test('announcements over a troubled link are lost or come twice', async (t) => {
  const world = new World(1);
  const machines = [world.addMachine(), world.addMachine()] as const;
  const [a, b] = machines.map((machine) => machine.boot().network) as [SimulatedNetwork, SimulatedNetwork];
  for (const network of [a, b]) await network.start();
  let discovered = 0;
  b.on('discover', () => {
    discovered += 1;
  });
  const announce = async () => {
    discovered = 0;
    for (let each = 0; each < 100; each += 1) a.announceTo(b);
    await world.time.advance(5000);
    return discovered;
  };
  t.is(await announce(), 100);
  world.fabric.trouble(b.self, { loss: 0, duplication: 1, extraLatencyMs: 0 });
  t.is(await announce(), 200);
  world.fabric.trouble(b.self, { loss: 0.5, duplication: 0, extraLatencyMs: 0 });
  const some = await announce();
  t.true(some > 20 && some < 80, `${some}`);
});

test('a reset of all connections of a peer is seen at both ends, others stay', async (t) => {
  const { world, a, b, events } = await pair();
  const third = world.addMachine();
  const { network } = third.boot();
  await network.start();
  await world.time.settle(network.connect({ addresses: b.addresses() }, options), 1000);
  world.fabric.resetAll(a.self);
  await world.time.advance(10);
  t.deepEqual(events.sort(), [
    'peer-1 disconnect peer-2',
    'peer-2 connect peer-3',
    'peer-2 disconnect peer-1',
  ]);
  t.true(b.isConnected(network.self));
});

test('who reads slowly holds back what comes over its connections, and hears all of it in order', async (t) => {
  const { world, a, b } = await pair();
  const received: string[] = [];
  b.onNotice('n', (payload) => received.push(Buffer.from(payload).toString()));
  world.fabric.readSlowly(b.self, 1);
  const text = (first: string) => first.padEnd(1_000, '.');
  for (const each of ['1', '2', '3']) a.notify(b.self, 'n', bytes(text(each)));
  await world.time.advance(1_500);
  t.is(received.length, 1);
  world.fabric.readSlowly(b.self, Infinity);
  a.notify(b.self, 'n', bytes(text('4')));
  await world.time.advance(3_000);
  t.deepEqual(
    received.map((each) => each[0]),
    ['1', '2', '3', '4'],
  );
});

test('who reads quickly again has read at once what waited', async (t) => {
  const { world, a, b } = await pair();
  const received: string[] = [];
  b.onNotice('n', (payload) => received.push(Buffer.from(payload).toString().slice(0, 1)));
  world.fabric.readSlowly(b.self, 0.1);
  for (const each of ['1', '2', '3']) a.notify(b.self, 'n', bytes(each.padEnd(1_000, '.')));
  await world.time.advance(100);
  world.fabric.readSlowly(b.self, Infinity);
  a.notify(b.self, 'n', bytes('4'));
  await world.time.advance(10);
  t.deepEqual(received, ['1', '2', '3', '4']);
  t.truthy(await world.time.settle(a.call(b.self, 'echo', new Uint8Array(1), options), 50));
});

test('what waits for a slow reader is bounded: calls are refused, notices dropped, streams wait', async (t) => {
  const { world, a, b } = await pair({ maxQueuedBytes: 2_000, streamWindowBytes: 5_000 });
  let notices = 0;
  b.onNotice('n', () => {
    notices += 1;
  });
  b.onStream('/s', async (stream) => {
    for await (const _ of stream);
  });
  const stream = await world.time.settle(a.openStream(b.self, '/s', options), 1000);
  world.fabric.readSlowly(b.self, 1);
  for (let each = 0; each < 5; each += 1) a.notify(b.self, 'n', new Uint8Array(1_000));
  await t.throwsAsync(a.call(b.self, 'echo', new Uint8Array(1), options), { code: 'BUSY' });
  let written = 0;
  const writing = (async () => {
    for (; written < 20; written += 1) await stream.write(new Uint8Array(1_000));
  })();
  await world.time.advance(1_000);
  t.true(written <= 6, `${written} kB`);
  t.true(a.unreadStreamBytes <= 6_000);
  await world.time.settle(writing, 60_000);
  await world.time.advance(20_000);
  t.is(notices, 2);
  t.is(a.unreadStreamBytes, 0);
  t.truthy(await world.time.settle(a.call(b.self, 'echo', new Uint8Array(1), options), 5000));
});

/** How a dial of the second machine ends, and after how many ms. */
async function dialled({ world, a, machines }: Awaited<ReturnType<typeof pair>>): Promise<[unknown, number]> {
  const begunMs = world.time.nowMs;
  const dial = a.connect({ addresses: machines[1].addresses }, options).catch((error) => errorCode(error));
  return [await world.time.settle(dial, 10_000), Math.round(world.time.nowMs - begunMs)];
}

test('a machine on which nothing listens says so; one without power, or behind a closed way, says nothing', async (t) => {
  for (const [fail, outcome] of [
    [({ machines }) => machines[1].kill(), ['NETWORK_UNREACHABLE', 1]],
    [({ machines }) => machines[1].losePower(), ['NETWORK_TIMEOUT', 5000]],
    [
      ({ world, machines, a, b }) => {
        machines[1].kill();
        world.fabric.partition([a.self], [b.self]);
      },
      ['NETWORK_TIMEOUT', 5000],
    ],
  ] as Array<[(room: Awaited<ReturnType<typeof pair>>) => void, [string, number]]>) {
    const room = await pair();
    await room.a.disconnect(room.b.self);
    await room.world.time.advance(100);
    fail(room);
    t.deepEqual(await dialled(room), outcome);
  }
});

test('a connection that was given up while its way was closed leaves nothing behind', async (t) => {
  const { world, a, b } = await pair();
  const wires = new Set<unknown>();
  const remove = world.fabric.delete.bind(world.fabric);
  world.fabric.delete = (wire) => {
    wires.add(wire);
    remove(wire);
  };
  world.fabric.partition([a.self], [b.self]);
  await a.disconnect(b.self);
  await b.disconnect(a.self);
  t.is(wires.size, 0);
  await world.time.advance(40_000);
  t.is(wires.size, 1);
});
