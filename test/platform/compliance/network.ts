import anyTest, { type ExecutionContext } from 'ava';
import { GismeshError } from '../../../src/core/errors.ts';
import type { ByteStream, Network, PeerId, StreamOptions } from '../../../src/platform/network.ts';

/**
 * A world of networks for one test: how to make them, and how its time passes. Every promise that needs the
 * world to move goes through `run`, so that virtual time can drive the suite as well as real time.
 */
interface NetworkWorld {
  /** A new, not yet started network of one common mesh. The world stops it at the end of the test. */
  create(): Promise<Network>;
  /** Settles like `promise`, moving the world's time for it. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** Returns after everything that is under way between the networks had the time to arrive. */
  settle(): Promise<void>;
  /** Largest payload of a call, an answer, a notice or a publication. */
  readonly maxMessageBytes: number;
  /** What a writer may at most get rid of before a remote that does not read stops it. */
  readonly maxWriteAheadBytes: number;
  /** How the streams are opened. */
  readonly streams?: Pick<StreamOptions, 'isLarge'>;
}

export type NetworkWorldFactory = (t: ExecutionContext) => Promise<NetworkWorld>;

const options = { timeoutMs: 20_000 };
const bytes = (text: string) => new TextEncoder().encode(text);
/** Unlike a deep comparison, quick with megabytes. */
const sameBytes = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const text = (content: Uint8Array) => new TextDecoder().decode(content);

/** Registers the tests that every implementation of `Network` has to pass. */
export function testNetworkCompliance(name: string, createWorld: NetworkWorldFactory): void {
  const test = (title: string, body: (t: ExecutionContext, world: NetworkWorld) => Promise<void>) =>
    anyTest(`${name}: ${title}`, async (t) => body(t, await createWorld(t)));

  // --- identity and connections ---

  test('a started network has an identity and addresses, and no peers', async (t, world) => {
    const [a, b] = await started(world, 2);
    t.not(a.self, b.self);
    t.true(a.addresses().length > 0);
    t.false(a.addresses().some((address) => address.includes('/p2p/')));
    t.deepEqual(a.connected(), []);
    t.false(a.isConnected(b.self));
  });

  test('connecting by peer and address is seen by both', async (t, world) => {
    const [a, b] = await started(world, 2);
    const seenByB = nextConnect(b);
    t.is(await world.run(a.connect({ peer: b.self, addresses: b.addresses() }, options)), b.self);
    t.is(await world.run(seenByB), a.self);
    t.deepEqual(a.connected(), [b.self]);
    t.true(b.isConnected(a.self));
  });

  test('connecting by address alone learns the identity', async (t, world) => {
    const [a, b] = await started(world, 2);
    t.is(await world.run(a.connect({ addresses: b.addresses() }, options)), b.self);
    t.true(a.isConnected(b.self));
  });

  test('connecting again resolves with the same peer and announces nothing new', async (t, world) => {
    const [a, b] = await started(world, 2);
    let connects = 0;
    a.on('connect', () => connects++);
    await join(world, a, b);
    t.is(await world.run(a.connect({ peer: b.self, addresses: b.addresses() }, options)), b.self);
    t.is(await world.run(a.connect({ addresses: b.addresses() }, options)), b.self);
    t.is(connects, 1);
  });

  test('peers that connect to each other at the same moment settle and can call each other', async (t, world) => {
    const [a, b] = await started(world, 2);
    const connects = { a: 0, b: 0 };
    let disconnects = 0;
    a.on('connect', () => connects.a++);
    b.on('connect', () => connects.b++);
    for (const network of [a, b]) {
      network.on('disconnect', () => disconnects++);
      network.onCall('echo', (payload) => payload);
    }
    await world.run(
      Promise.all([
        a.connect({ peer: b.self, addresses: b.addresses() }, options),
        b.connect({ peer: a.self, addresses: a.addresses() }, options),
      ]),
    );
    for (let round = 0; round < 5; round++) {
      const answers = await world.run(
        Promise.all([
          a.call(b.self, 'echo', bytes('from a'), options),
          b.call(a.self, 'echo', bytes('from b'), options),
        ]),
      );
      t.deepEqual(answers.map(text), ['from a', 'from b']);
      await world.settle();
    }
    t.deepEqual(connects, { a: 1, b: 1 });
    t.is(disconnects, 0);
  });

  test('another peer at the address is refused', async (t, world) => {
    const [a, b, c] = await started(world, 3);
    const error = await rejection(t, world, a.connect({ peer: c.self, addresses: b.addresses() }, options));
    t.true(['NETWORK_REFUSED', 'NETWORK_UNREACHABLE'].includes(error.code), error.code);
    t.false(a.isConnected(c.self));
  });

  test('an address where nobody listens is unreachable', async (t, world) => {
    const [a, b] = await started(world, 2);
    const addresses = b.addresses();
    await world.run(b.stop());
    const error = await rejection(t, world, a.connect({ peer: b.self, addresses }, options));
    t.is(error.code, 'NETWORK_UNREACHABLE');
  });

  test('connecting to oneself is refused', async (t, world) => {
    const [a] = await started(world, 1);
    for (const peer of [a.self, undefined]) {
      const target = { addresses: a.addresses(), ...(peer === undefined ? {} : { peer }) };
      t.is((await rejection(t, world, a.connect(target, options))).code, 'NETWORK_REFUSED');
    }
    t.deepEqual(a.connected(), []);
  });

  test('an aborted connect is cancelled', async (t, world) => {
    const [a, b] = await started(world, 2);
    const signal = AbortSignal.abort();
    const target = { peer: b.self, addresses: b.addresses() };
    t.is((await rejection(t, world, a.connect(target, { ...options, signal }))).code, 'CANCELLED');
  });

  test('disconnecting is seen by both, and a new connection works', async (t, world) => {
    const [a, b] = await joined(world);
    const gone = Promise.all([nextDisconnect(a), nextDisconnect(b)]);
    await world.run(a.disconnect(b.self));
    t.deepEqual(await world.run(gone), [b.self, a.self]);
    t.deepEqual(a.connected(), []);
    t.false(b.isConnected(a.self));
    b.onCall('echo', (payload) => payload);
    await join(world, b, a);
    t.is(text(await world.run(a.call(b.self, 'echo', bytes('again'), options))), 'again');
  });

  test('a stopped network is gone for its peers', async (t, world) => {
    const [a, b] = await joined(world);
    const gone = nextDisconnect(b);
    await world.run(a.stop());
    await world.run(a.stop());
    t.is(await world.run(gone), a.self);
    t.is((await rejection(t, world, a.call(b.self, 'echo', bytes(''), options))).code, 'NETWORK_CLOSED');
    const connecting = a.connect({ peer: b.self, addresses: b.addresses() }, options);
    t.is((await rejection(t, world, connecting)).code, 'NETWORK_CLOSED');
  });

  test('nothing is delivered after stop', async (t, world) => {
    const [a, b] = await joined(world);
    let delivered = 0;
    a.onNotice('late', () => delivered++);
    a.subscribe('late', () => delivered++);
    const stopping = a.stop();
    b.notify(a.self, 'late', bytes('x'));
    b.publish('late', bytes('x'));
    await world.run(stopping);
    const before = delivered;
    await world.settle();
    t.is(delivered, before);
  });

  // --- calls ---

  test('a call carries payload and caller, and brings the answer', async (t, world) => {
    const [a, b] = await joined(world);
    b.onCall('greet', async (payload, context) => bytes(`${text(payload)}, ${context.peer}`));
    t.is(text(await world.run(a.call(b.self, 'greet', bytes('hello'), options))), `hello, ${a.self}`);
  });

  test('empty and largest payloads pass', async (t, world) => {
    const [a, b] = await joined(world);
    b.onCall('echo', (payload) => payload);
    const largest = new Uint8Array(world.maxMessageBytes).map((_, index) => index * 7);
    t.deepEqual(await world.run(a.call(b.self, 'echo', new Uint8Array(0), options)), new Uint8Array(0));
    t.true(sameBytes(await world.run(a.call(b.self, 'echo', largest, options)), largest));
  });

  test('larger payloads and answers fail alone', async (t, world) => {
    const [a, b] = await joined(world);
    const tooLarge = new Uint8Array(world.maxMessageBytes + 1);
    b.onCall('echo', (payload) => payload);
    b.onCall('flood', () => tooLarge);
    t.is((await rejection(t, world, a.call(b.self, 'echo', tooLarge, options))).code, 'MESSAGE_TOO_LARGE');
    t.is((await rejection(t, world, a.call(b.self, 'flood', bytes(''), options))).code, 'MESSAGE_TOO_LARGE');
    const error = t.throws(() => a.notify(b.self, 'flood', tooLarge)) as GismeshError;
    t.is(error.code, 'MESSAGE_TOO_LARGE');
    t.is(text(await world.run(a.call(b.self, 'echo', bytes('still here'), options))), 'still here');
  });

  test('calls in flight are answered in any order, each with its own answer', async (t, world) => {
    const [a, b] = await joined(world);
    const waiting: Array<() => void> = [];
    b.onCall('reversed', async (payload) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 100) for (const release of waiting.reverse()) release();
      });
      return payload;
    });
    const names = Array.from({ length: 100 }, (_, index) => `call ${index}`);
    const calls = names.map((each) => a.call(b.self, 'reversed', bytes(each), options));
    t.deepEqual((await world.run(Promise.all(calls))).map(text), names);
  });

  test('a call may call back', async (t, world) => {
    const [a, b] = await joined(world);
    a.onCall('name', () => bytes('a'));
    b.onCall('ask', async (_, { peer, signal }) => b.call(peer, 'name', bytes(''), { ...options, signal }));
    t.is(text(await world.run(a.call(b.self, 'ask', bytes(''), options))), 'a');
  });

  test('an unknown method is refused', async (t, world) => {
    const [a, b] = await joined(world);
    t.is((await rejection(t, world, a.call(b.self, 'nothing', bytes(''), options))).code, 'NETWORK_REFUSED');
  });

  test("a handler's error reaches the caller with its code", async (t, world) => {
    const [a, b] = await joined(world);
    b.onCall('busy', () => {
      throw new GismeshError('BUSY', 'both workers are drawing');
    });
    b.onCall('broken', async () => {
      throw new TypeError('undefined is not a function');
    });
    b.onCall('lost', () => {
      throw new GismeshError('NETWORK_TIMEOUT', 'a third peer did not answer');
    });
    const busy = await rejection(t, world, a.call(b.self, 'busy', bytes(''), options));
    t.is(busy.code, 'BUSY');
    t.regex(busy.message, /both workers are drawing/);
    t.is((await rejection(t, world, a.call(b.self, 'broken', bytes(''), options))).code, 'REMOTE_FAILED');
    t.is((await rejection(t, world, a.call(b.self, 'lost', bytes(''), options))).code, 'REMOTE_FAILED');
  });

  test('a call that takes too long fails, and its handler is told', async (t, world) => {
    const [a, b] = await joined(world);
    const told = handlerThatWaits(b, 'wait');
    const call = a.call(b.self, 'wait', bytes(''), { timeoutMs: 100 });
    t.is((await rejection(t, world, call)).code, 'NETWORK_TIMEOUT');
    await t.notThrowsAsync(world.run(told.aborted));
  });

  test('an aborted call fails, and its handler is told', async (t, world) => {
    const [a, b] = await joined(world);
    const told = handlerThatWaits(b, 'wait');
    const controller = new AbortController();
    const call = a.call(b.self, 'wait', bytes(''), { ...options, signal: controller.signal });
    const failed = rejection(t, world, call);
    await world.run(told.begun);
    controller.abort();
    t.is((await failed).code, 'CANCELLED');
    await t.notThrowsAsync(world.run(told.aborted));
    const late = a.call(b.self, 'wait', bytes(''), { ...options, signal: controller.signal });
    t.is((await rejection(t, world, late)).code, 'CANCELLED');
  });

  test('losing the connection fails pending calls on both sides', async (t, world) => {
    const [a, b] = await joined(world);
    const told = handlerThatWaits(b, 'wait');
    const failed = rejection(t, world, a.call(b.self, 'wait', bytes(''), options));
    await world.run(told.begun);
    await world.run(b.disconnect(a.self));
    t.is((await failed).code, 'NETWORK_CLOSED');
    await t.notThrowsAsync(world.run(told.aborted));
  });

  test('calling a peer that is not connected fails at once', async (t, world) => {
    const [a, b] = await started(world, 2);
    t.is((await rejection(t, world, a.call(b.self, 'echo', bytes(''), options))).code, 'NETWORK_UNREACHABLE');
  });

  // --- notices ---

  test('notices arrive in order, with their sender', async (t, world) => {
    const [a, b] = await joined(world);
    const received: string[] = [];
    const done = new Promise<void>((resolve) => {
      b.onNotice('count', (payload, peer) => {
        received.push(`${peer} ${text(payload)}`);
        if (received.length === 50) resolve();
      });
    });
    const expected = Array.from({ length: 50 }, (_, index) => `${a.self} ${index}`);
    for (let index = 0; index < 50; index++) a.notify(b.self, 'count', bytes(`${index}`));
    await world.run(done);
    t.deepEqual(received, expected);
  });

  test('notices to nobody and to failing handlers harm nothing', async (t, world) => {
    const [a, b, c] = await started(world, 3);
    await join(world, a, b);
    b.onNotice('fail', () => {
      throw new Error('a broken handler');
    });
    b.onCall('echo', (payload) => payload);
    t.notThrows(() => a.notify(c.self, 'fail', bytes('x')));
    t.notThrows(() => a.notify(b.self, 'fail', bytes('x')));
    t.notThrows(() => a.notify(b.self, 'unheard', bytes('x')));
    t.is(text(await world.run(a.call(b.self, 'echo', bytes('alive'), options))), 'alive');
  });

  // --- streams ---

  test('a stream carries bytes both ways and half-closes', async (t, world) => {
    const [a, b] = await joined(world);
    b.onStream('/echo', async (stream) => {
      t.is(stream.peer, a.self);
      const received = await readAll(stream);
      await stream.write(bytes(`you said ${text(received)}`));
      await stream.closeWrite();
    });
    const stream = await world.run(a.openStream(b.self, '/echo', { ...options, ...world.streams }));
    t.is(stream.peer, b.self);
    await world.run(stream.write(bytes('one, ')));
    await world.run(stream.write(bytes('two')));
    await world.run(stream.closeWrite());
    t.is(text(await world.run(readAll(stream))), 'you said one, two');
    await world.run(gone(stream));
    t.true(stream.closed.aborted);
  });

  test('large content arrives whole', async (t, world) => {
    const [a, b] = await joined(world);
    const content = new Uint8Array(5_000_000).map((_, index) => (index * 31) ^ (index >> 9));
    b.onStream('/content', async (stream) => {
      for (let at = 0; at < content.length; at += 100_000)
        await stream.write(content.subarray(at, at + 100_000));
      await stream.closeWrite();
    });
    const stream = await world.run(a.openStream(b.self, '/content', { ...options, ...world.streams }));
    await world.run(stream.closeWrite());
    t.true(sameBytes(await world.run(readAll(stream)), content));
  });

  test('an unknown protocol is refused', async (t, world) => {
    const [a, b] = await joined(world);
    t.is(
      (await rejection(t, world, a.openStream(b.self, '/nothing', { ...options, ...world.streams }))).code,
      'NETWORK_REFUSED',
    );
    const toNobody = a.openStream('12D3KooWNobodyNobodyNobodyNobodyNobodyNobodyNobodyNob', '/x', {
      ...options,
      ...world.streams,
    });
    t.is((await rejection(t, world, toNobody)).code, 'NETWORK_UNREACHABLE');
  });

  test('more than 33 streams at once work', async (t, world) => {
    const [a, b] = await joined(world);
    b.onStream('/echo', async (stream) => {
      await stream.write(await readAll(stream));
      await stream.closeWrite();
    });
    const echo = async (message: string) => {
      const stream = await a.openStream(b.self, '/echo', { ...options, ...world.streams });
      await stream.write(bytes(message));
      return stream;
    };
    const messages = Array.from({ length: 40 }, (_, index) => `stream ${index}`);
    const streams = await world.run(Promise.all(messages.map(echo)));
    const answers = streams.map(async (stream) => {
      await stream.closeWrite();
      return text(await readAll(stream));
    });
    t.deepEqual(await world.run(Promise.all(answers)), messages);
  });

  test('an aborted stream fails for the remote, in both directions', async (t, world) => {
    const [a, b] = await joined(world);
    const accepted = nextStream(b, '/aborted');
    const stream = await world.run(a.openStream(b.self, '/aborted', { ...options, ...world.streams }));
    const remote = await world.run(accepted);
    const reading = rejection(t, world, readAll(remote));
    stream.abort(new Error('no longer wanted'));
    t.is((await reading).code, 'NETWORK_CLOSED');
    await world.run(gone(remote));
    t.is((await rejection(t, world, remote.write(bytes('x')))).code, 'NETWORK_CLOSED');
    t.is((await rejection(t, world, stream.write(bytes('x')))).code, 'NETWORK_CLOSED');
    t.true(stream.closed.aborted);
  });

  test('leaving the reading loop early aborts the stream', async (t, world) => {
    const [a, b] = await joined(world);
    const accepted = nextStream(b, '/endless');
    const stream = await world.run(a.openStream(b.self, '/endless', { ...options, ...world.streams }));
    const remote = await world.run(accepted);
    const writing = (async () => {
      for (;;) await remote.write(new Uint8Array(10_000));
    })();
    const failed = rejection(t, world, writing);
    const readOne = async () => {
      for await (const _ of stream) break;
    };
    await world.run(readOne());
    t.is((await failed).code, 'NETWORK_CLOSED');
    t.true(stream.closed.aborted);
  });

  test('a failing stream handler aborts its stream only', async (t, world) => {
    const [a, b] = await joined(world);
    b.onStream('/broken', async () => {
      throw new Error('a broken handler');
    });
    b.onCall('echo', (payload) => payload);
    const reading = (async () =>
      readAll(await a.openStream(b.self, '/broken', { ...options, ...world.streams })))();
    t.is((await rejection(t, world, reading)).code, 'NETWORK_CLOSED');
    t.is(text(await world.run(a.call(b.self, 'echo', bytes('alive'), options))), 'alive');
  });

  test('losing the connection ends its streams', async (t, world) => {
    const [a, b] = await joined(world);
    const accepted = nextStream(b, '/held');
    const stream = await world.run(a.openStream(b.self, '/held', { ...options, ...world.streams }));
    const remote = await world.run(accepted);
    const reading = rejection(t, world, readAll(stream));
    await world.run(b.disconnect(a.self));
    t.is((await reading).code, 'NETWORK_CLOSED');
    await world.run(Promise.all([gone(stream), gone(remote)]));
    t.true(stream.closed.aborted && remote.closed.aborted);
  });

  test('a remote that does not read holds the writer back; reading on lets it finish', async (t, world) => {
    const [a, b] = await joined(world);
    const accepted = nextStream(b, '/slow');
    const stream = await world.run(a.openStream(b.self, '/slow', { ...options, ...world.streams }));
    const remote = await world.run(accepted);
    const chunk = 65_536;
    const total = Math.ceil((world.maxWriteAheadBytes * 3) / chunk) * chunk;
    let written = 0;
    const writing = (async () => {
      for (; written < total; written += chunk) await stream.write(new Uint8Array(chunk));
      await stream.closeWrite();
    })();
    let before = -1;
    while (before < written) {
      before = written;
      await world.settle();
    }
    t.true(written <= world.maxWriteAheadBytes, `${written} bytes written ahead`);
    const received = (await world.run(readAll(remote))).length;
    await world.run(writing);
    t.is(received, total);
  });

  // --- gossip ---

  test('a publication reaches every subscriber once, with its publisher, and not the publisher', async (t, world) => {
    const networks = await started(world, 4);
    const [first] = networks;
    const received: string[] = [];
    const everyone = new Promise<void>((resolve) => {
      for (const [index, network] of networks.entries()) {
        network.subscribe('news', (payload, peer) => {
          received.push(`${index}: ${text(payload)} of ${peer}`);
          if (received.length === 3) resolve();
        });
        network.subscribe('other', () => received.push('of another topic'));
      }
    });
    for (const [index, network] of networks.entries()) {
      for (const other of networks.slice(index + 1)) await join(world, network, other);
    }
    await world.settle();
    first.publish('news', bytes('hello'));
    await world.run(everyone);
    await world.settle();
    t.deepEqual(
      received.sort(),
      [1, 2, 3].map((index) => `${index}: hello of ${first.self}`),
    );
  });

  test('a publication is passed on to peers without a direct connection', async (t, world) => {
    const [a, b, c] = await started(world, 3);
    for (const network of [a, b]) network.subscribe('news', () => undefined);
    const heard = new Promise<string>((resolve) => {
      c.subscribe('news', (payload, peer) => resolve(`${text(payload)} of ${peer}`));
    });
    await join(world, a, b);
    await join(world, b, c);
    await world.settle();
    a.publish('news', bytes('hello'));
    t.is(await world.run(heard), `hello of ${a.self}`);
  });

  test('publishing alone, too much, or to a failing subscriber harms nothing', async (t, world) => {
    const [a, b] = await started(world, 2);
    t.notThrows(() => a.publish('news', bytes('to nobody')));
    b.subscribe('news', () => {
      throw new Error('a broken handler');
    });
    await join(world, a, b);
    await world.settle();
    t.notThrows(() => a.publish('news', bytes('to the broken')));
    const error = t.throws(() => a.publish('news', new Uint8Array(world.maxMessageBytes + 1)));
    t.is((error as GismeshError).code, 'MESSAGE_TOO_LARGE');
    b.onCall('echo', (payload) => payload);
    t.is(text(await world.run(a.call(b.self, 'echo', bytes('alive'), options))), 'alive');
  });
}

type Tuple<N extends number> = N extends 1
  ? [Network]
  : N extends 2
    ? [Network, Network]
    : N extends 3
      ? [Network, Network, Network]
      : [Network, ...Network[]];

async function started<N extends number>(world: NetworkWorld, count: N): Promise<Tuple<N>> {
  const networks: Network[] = [];
  for (let index = 0; index < count; index++) {
    const network = await world.create();
    await world.run(network.start());
    networks.push(network);
  }
  return networks as Tuple<N>;
}

async function joined(world: NetworkWorld): Promise<[Network, Network]> {
  const [a, b] = await started(world, 2);
  await join(world, a, b);
  return [a, b];
}

/** Connects `from` to `to` and returns when both know. */
async function join(world: NetworkWorld, from: Network, to: Network): Promise<void> {
  const known = to.isConnected(from.self) ? Promise.resolve(from.self) : nextConnect(to);
  await world.run(from.connect({ peer: to.self, addresses: to.addresses() }, options));
  await world.run(known);
}

const nextConnect = (network: Network) => new Promise<PeerId>((resolve) => network.on('connect', resolve));

const nextDisconnect = (network: Network) =>
  new Promise<PeerId>((resolve) => network.on('disconnect', resolve));

/** The next accepted stream, held open until it is gone. */
function nextStream(network: Network, protocol: string): Promise<ByteStream> {
  return new Promise((resolve) => {
    network.onStream(protocol, async (stream) => {
      resolve(stream);
      await gone(stream);
    });
  });
}

/** A handler that answers only when told to stop. */
function handlerThatWaits(network: Network, method: string) {
  const begun = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  network.onCall(method, (_, { signal }) => {
    begun.resolve();
    return new Promise<Uint8Array>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted.resolve();
        reject(signal.reason);
      });
    });
  });
  return { begun: begun.promise, aborted: aborted.promise };
}

async function gone(stream: ByteStream): Promise<void> {
  if (stream.closed.aborted) return;
  await new Promise((resolve) => stream.closed.addEventListener('abort', resolve, { once: true }));
}

async function readAll(stream: ByteStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The `GismeshError` that the promise must reject with. */
async function rejection(
  t: ExecutionContext,
  world: NetworkWorld,
  promise: Promise<unknown>,
): Promise<GismeshError> {
  const error = await world.run(
    promise.then(
      () => undefined,
      (reason: unknown) => reason,
    ),
  );
  if (!(error instanceof GismeshError)) t.fail(`expected a GismeshError, got ${String(error)}`);
  return error as GismeshError;
}
