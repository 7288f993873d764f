import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import {
  connect,
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
} from 'node:tls';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import test, { type ExecutionContext } from 'ava';
import { OfferSchema } from '../../../protocols/bulk/bulk_pb.js';
import { BulkConnections } from '../../../src/mesh/libp2p/bulk-connections.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { ByteStream } from '../../../src/platform/network.ts';
import { systemClock } from '../../../src/platform/system.ts';
import { defaults } from './helpers/options.ts';

const TLS = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', host: '127.0.0.1' } as const;
/** Of a certificate that the machine trusts; valid until 2126. */
const IMPOSTOR_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8tbhprLta0i9RvLM
9AzpgBO5RKcPsmedsjK+z9LGxJqhRANCAASDXSMlpH/zS857A4DCGcdPIoIVjIx9
x7ZVg5Oh7orKuORVCvwIUTWMnk1/Nsxf05DXKvlM+XTr8hPgZILFP/GN
-----END PRIVATE KEY-----`;
const IMPOSTOR_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBjjCCATSgAwIBAgIUOjXaXn1DIUvUOfYuycIk1R6RQjowCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIaW1wb3N0b3IwIBcNMjYxMTIyMDkxMzE2WhgPMjEyNjEwMjkw
OTEzMTZaMBMxETAPBgNVBAMMCGltcG9zdG9yMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEg10jJaR/80vOewOAwhnHTyKCFYyMfce2VYOToe6KyrjkVQr8CFE1jJ5N
fzbMX9OQ1yr5TPl06/IT4GSCxT/xjaNkMGIwHQYDVR0OBBYEFAlRUkjA6q0i2D6w
sHcE+0lb2D4zMB8GA1UdIwQYMBaAFAlRUkjA6q0i2D6wsHcE+0lb2D4zMA8GA1Ud
EQQIMAaHBH8AAAEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAw
1GHC64TWyFLioST4tYIJYReoF3NAI44mRZl6mhCQ8gIhAL8zS4xzjO19XxemxZqF
dIU+0FoUJZqL4rOaKd0MTXfr
-----END CERTIFICATE-----`;
const REQUEST = Buffer.from('0a06', 'hex');

function peer(t: ExecutionContext, options: Partial<typeof defaults> = {}, host = '127.0.0.1') {
  const served: ByteStream[] = [];
  const handler = async (stream: ByteStream) => {
    served.push(stream);
    for await (const piece of stream) await stream.write(piece.slice());
  };
  const connections = new BulkConnections({
    clock: systemClock,
    log: silentLog,
    options: { ...defaults, ...options },
    host,
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

/** A stream of a peer to itself. */
function dialled(connections: BulkConnections, protocol = '/echo'): Promise<ByteStream | undefined> {
  return connections.dial('b', '127.0.0.1', protocol, (payload) => connections.offer(payload, 'a'), within);
}

test('content goes both ways over a connection of its own, in pieces of any size', async (t) => {
  const { connections } = peer(t);
  const stream = await dialled(connections);
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
  const stream = await dialled(connections);
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
  const open = () => dialled(connections);
  const other = await dialled(connections, '/none');
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

test('a peer that cannot listen makes no offer', async (t) => {
  // An address for documentation: no machine has it.
  const { connections } = peer(t, {}, '192.0.2.1');
  const ask = (payload: Uint8Array) => connections.offer(payload, 'a');
  t.is(await connections.dial('b', '127.0.0.1', '/echo', ask, within), undefined);
});

test('what ends without saying so has broken', async (t) => {
  const { connections, served } = peer(t);
  const stream = await dialled(connections);
  await stream!.write(Buffer.from('half'));
  const echoed = Buffer.alloc(4);
  t.true(await stream!.fill!(echoed));
  connections.abortOf('a', new Error('the cable is cut'));
  t.is(served.length, 1);
  await t.throwsAsync(stream!.fill!(Buffer.alloc(1)), { code: 'NETWORK_CLOSED' });
});

test.serial(
  'a server with a certificate that the machine trusts, but without the key of the offer, is refused',
  async (t) => {
    const trusted = getCACertificates();
    setDefaultCACertificates([...trusted, IMPOSTOR_CERTIFICATE]);
    t.teardown(() => setDefaultCACertificates(trusted));
    const heard: string[] = [];
    const impostor = createTlsServer({ key: IMPOSTOR_KEY, cert: IMPOSTOR_CERTIFICATE, ...TLS }, (socket) => {
      socket.on('data', (bytes) => heard.push(String(bytes)));
    });
    impostor.on('tlsClientError', () => {});
    impostor.listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    t.teardown(() => impostor.close());
    const { port } = impostor.address() as { port: number };
    const offer = toBinary(
      OfferSchema,
      create(OfferSchema, { port, identity: 'i', secret: new Uint8Array(32).fill(7) }),
    );
    const { connections } = peer(t);
    const stream = await connections.dial('b', '127.0.0.1', '/echo', async () => offer, within);
    await stream?.write(Buffer.from('a secret'));
    await stream?.closeWrite();
    t.is(stream, undefined);
    t.deepEqual(heard, []);
  },
);
