import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { connect } from 'node:tls';
import { fromBinary } from '@bufbuild/protobuf';
import test, { type ExecutionContext } from 'ava';
import { OfferSchema } from '../../../protocols/bulk/bulk_pb.js';
import { BulkConnections } from '../../../src/mesh/libp2p/bulk-connections.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { ByteStream } from '../../../src/platform/network.ts';
import { systemClock } from '../../../src/platform/system.ts';
import { defaults } from './helpers/options.ts';

const TLS = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', host: '127.0.0.1' } as const;
const REQUEST = Buffer.from('0a06', 'hex');

function peer(t: ExecutionContext, options: Partial<typeof defaults> = {}) {
  const served: ByteStream[] = [];
  const handler = async (stream: ByteStream) => {
    served.push(stream);
    for await (const piece of stream) await stream.write(piece.slice());
  };
  const connections = new BulkConnections({
    clock: systemClock,
    log: silentLog,
    options: { ...defaults, ...options },
    host: '127.0.0.1',
    handlerOf: (protocol) => (protocol === '/echo' ? handler : undefined),
  });
  t.teardown(() => connections.stop());
  return { connections, served };
}

const within = { timeoutMs: 10_000 };

/** What happens to somebody who connects: 'in', or refused. */
async function attempt(
  t: ExecutionContext,
  port: number,
  identity: string,
  secret: Uint8Array,
): Promise<'in' | 'refused'> {
  const psk = Buffer.from(secret);
  const socket = connect({
    ...TLS,
    port,
    pskCallback: () => ({ psk, identity }),
    checkServerIdentity: () => undefined,
  });
  const refused = once(socket, 'error').then(() => 'refused' as const);
  const connected = once(socket, 'secureConnect').then(() => 'in' as const);
  refused.catch(() => {});
  connected.catch(() => {});
  const result = await Promise.race([refused, connected]);
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  return result;
}

test('content goes both ways over a connection of its own, in pieces of any size', async (t) => {
  const { connections } = peer(t);
  const stream = await connections.dial(
    'b',
    '127.0.0.1',
    '/echo',
    (payload) => connections.offer(payload, 'a'),
    within,
  );
  t.truthy(stream);
  const content = Buffer.alloc(3_000_000, 'gismesh');
  const writing = (async () => {
    for (let at = 0; at < content.length; at += 700_001)
      await stream!.write(content.subarray(at, at + 700_001));
    await stream!.closeWrite();
  })();
  const first = Buffer.alloc(1_234_567);
  t.true(await stream!.fill!(first));
  const rest: Uint8Array[] = [];
  for await (const piece of stream!) rest.push(piece);
  await writing;
  t.is(Buffer.compare(Buffer.concat([first, ...rest]), content), 0);
});

test('a stream that ends early does not fill', async (t) => {
  const { connections } = peer(t);
  const stream = await connections.dial(
    'b',
    '127.0.0.1',
    '/echo',
    (payload) => connections.offer(payload, 'a'),
    within,
  );
  await stream!.write(Buffer.from('short'));
  await stream!.closeWrite();
  t.false(await stream!.fill!(Buffer.alloc(6)));
});

test('a stranger gets in neither without an offer nor with another key, and an offer is good for one connection', async (t) => {
  const { connections, served } = peer(t);
  const request = Buffer.concat([REQUEST.subarray(0, 1), Buffer.from([5]), Buffer.from('/echo')]);
  const { port, identity, secret } = fromBinary(OfferSchema, await connections.offer(request, 'a'));
  t.is(await attempt(t, port, 'somebody', secret), 'refused');
  t.is(await attempt(t, port, identity, Buffer.alloc(32, 1)), 'refused');
  t.is(served.length, 0);
  t.is(await attempt(t, port, identity, secret), 'in');
  // This side of TLS is done before the other one.
  while (served.length === 0) await setImmediate();
  t.is(await attempt(t, port, identity, secret), 'refused');
});

test('there are no more connections than may be, and none for what is not served', async (t) => {
  const { connections } = peer(t, { maxBulkConnections: 1 });
  const open = () =>
    connections.dial('b', '127.0.0.1', '/echo', (payload) => connections.offer(payload, 'a'), within);
  const other = await connections.dial(
    'b',
    '127.0.0.1',
    '/none',
    (payload) => connections.offer(payload, 'a'),
    within,
  );
  t.is(other, undefined);
  t.truthy(await open());
  t.is(await open(), undefined);
  t.true(connections.isPossible('b'));
});

test('where nobody answers, or something else does, the common connection is used, for a while without asking', async (t) => {
  const { connections } = peer(t, { bulkConnectTimeoutMs: 300 });
  const silent: Server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const { port } = silent.address() as { port: number };
  // An offer of { port, identity "i", secret of one byte }.
  const varint = [
    0x08,
    (port & 127) | 128,
    ((port >> 7) & 127) | (port > 0x3fff ? 128 : 0),
    ...(port > 0x3fff ? [port >> 14] : []),
  ];
  const offer = Buffer.from([...varint, 0x12, 1, 0x69, 0x1a, 1, 7]);
  t.is(await connections.dial('b', '127.0.0.1', '/echo', async () => offer, within), undefined);
  t.false(connections.isPossible('b'));
  t.true(connections.isPossible('c'));
});

test('what ends without saying so has broken', async (t) => {
  const { connections, served } = peer(t);
  const stream = await connections.dial(
    'b',
    '127.0.0.1',
    '/echo',
    (payload) => connections.offer(payload, 'a'),
    within,
  );
  await stream!.write(Buffer.from('half'));
  const echoed = Buffer.alloc(4);
  t.true(await stream!.fill!(echoed));
  connections.abortOf('a', new Error('the cable is cut'));
  t.is(served.length, 1);
  await t.throwsAsync(stream!.fill!(Buffer.alloc(1)), { code: 'NETWORK_CLOSED' });
});
