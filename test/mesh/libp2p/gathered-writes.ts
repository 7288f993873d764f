import { setImmediate as turn } from 'node:timers/promises';
import type { MessageStream, MultiaddrConnection, StreamMuxerFactory } from '@libp2p/interface';
import { multiaddrConnectionPair } from '@libp2p/utils';
import { yamux } from '@libp2p/yamux';
import test, { type ExecutionContext } from 'ava';
import { gatheringFrames, writingWholeMessages } from '../../../src/mesh/libp2p/gathered-writes.ts';

/** Stands for libp2p's list of chunks. */
const list = (...bytes: number[]) => ({ subarray: () => Uint8Array.from(bytes) }) as never;

/** A connection that notes what it is given to send, and a muxer that sends nothing by itself. */
function recorder() {
  const sent: string[] = [];
  const connection = {
    status: 'open',
    writableNeedsDrain: false,
    send(data: Uint8Array) {
      sent.push(Buffer.from(data).toString());
      return true;
    },
  };
  const idleMuxer = {
    close: async () => void connection.send(Buffer.from('goodbye')),
    createStream: async () => {},
    onRemoteStream: () => {},
  };
  const factory = { protocol: '/idle', createStreamMuxer: () => idleMuxer } as unknown as StreamMuxerFactory;
  const gathering = gatheringFrames(() => factory)({});
  const muxer = gathering.createStreamMuxer(connection as unknown as MessageStream);
  const send = (text: string) => connection.send(Buffer.from(text));
  return { sent, connection, muxer, send };
}

test('frames of one turn leave as one message, in order', async (t) => {
  const { sent, send } = recorder();
  for (const text of ['a', 'b', 'c']) t.true(send(text));
  t.deepEqual(sent, []);
  await turn();
  t.deepEqual(sent, ['abc']);
  send('d');
  await turn();
  t.deepEqual(sent, ['abc', 'd']);
});

test('much at once does not wait, and a full connection is felt', async (t) => {
  const { sent, send, connection } = recorder();
  send('first ');
  send('x'.repeat(200_000));
  t.deepEqual(
    sent.map((text) => text.length),
    [200_006],
  );
  connection.writableNeedsDrain = true;
  send('more');
  t.is(sent.at(-1), 'more');
  await turn();
  t.is(sent.length, 2);
});

test('what was gathered is sent before the muxer has closed; nothing is sent on a connection that ended', async (t) => {
  const { sent, send, muxer, connection } = recorder();
  send('last words, ');
  await muxer.close();
  t.deepEqual(sent, ['last words, goodbye']);
  send('unheard');
  connection.status = 'closed';
  await turn();
  t.is(sent.length, 1);
});

test('an encrypter gives its connection one piece for each message', async (t) => {
  const sent: unknown[] = [];
  const connection = { send: (data: unknown) => sent.push(data) > 0 } as unknown as MultiaddrConnection;
  const inner = {
    protocol: '/plain',
    secureInbound: async (given: MultiaddrConnection) => given.send(list(1, 2)),
    secureOutbound: async (given: MultiaddrConnection) => given.send(list(3, 4)),
  };
  const encrypter = writingWholeMessages(() => inner as never)({});
  await encrypter.secureInbound(connection);
  t.deepEqual(sent, [Uint8Array.of(1, 2)]);
  t.is(encrypter.protocol, '/plain');
});

/** Two yamux muxers on a connection in memory; counts the messages of the receiving side. */
async function muxers(t: ExecutionContext) {
  const [near, far] = multiaddrConnectionPair();
  let answers = 0;
  const counted = far.send.bind(far);
  far.send = (data) => {
    answers += 1;
    return counted(data);
  };
  const factory = gatheringFrames(yamux())({});
  const [client, server] = [factory.createStreamMuxer(near), factory.createStreamMuxer(far)];
  t.teardown(() => {
    for (const muxer of [client, server]) muxer.abort(new Error('the test is over'));
  });
  const accepted = new Promise<MessageStream>((resolve) => {
    server.addEventListener('stream', ({ detail }) => resolve(detail), { once: true });
  });
  const stream = await client.createStream();
  stream.send(Buffer.from('hello'));
  return { stream, remote: await accepted, answers: () => answers };
}

test('small messages cause no window updates', async (t) => {
  const { stream, remote, answers } = await muxers(t);
  let received = 0;
  remote.addEventListener('message', ({ data }) => {
    received += data.byteLength;
  });
  await turn();
  const before = answers();
  for (let i = 0; i < 100; i += 1) {
    stream.send(Buffer.alloc(100));
    await turn();
  }
  while (received < 10_005) await turn();
  t.true(answers() - before <= 2, `${answers() - before} messages came back`);
});

test('content of many windows arrives whole', async (t) => {
  const { stream, remote } = await muxers(t);
  const total = 5 * 1024 * 1024;
  let received = 0;
  remote.addEventListener('message', ({ data }) => {
    received += data.byteLength;
  });
  for (let sent = 0; sent < total; sent += 65_536) {
    if (!stream.send(Buffer.alloc(65_536))) await stream.onDrain();
  }
  while (received < total + 5) await turn();
  t.is(received, total + 5);
});

test('a stream that comes before anybody listens is not lost', async (t) => {
  const [near, far] = multiaddrConnectionPair();
  const factory = gatheringFrames(yamux())({});
  const [client, server] = [factory.createStreamMuxer(near), factory.createStreamMuxer(far)];
  t.teardown(() => {
    for (const muxer of [client, server]) muxer.abort(new Error('the test is over'));
  });
  const stream = await client.createStream();
  stream.send(Buffer.from('early'));
  for (let i = 0; i < 20; i += 1) await turn();
  const accepted = new Promise<MessageStream>((resolve) => {
    server.addEventListener('stream', ({ detail }) => resolve(detail), { once: true });
  });
  t.truthy(await accepted);
});
