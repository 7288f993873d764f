import { z } from 'zod';

const ms = z.int().positive().max(3_600_000);
const count = z.int().positive();
const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Limits of the network between peers. */
export const networkConfig = z.strictObject({
  listen: z
    .array(z.string().min(1))
    .min(1)
    .max(16)
    .default(['0.0.0.0:0'])
    .describe(
      'Where other peers reach this one: multiaddrs, `host:port`, or ports. Port 0 takes a free one and keeps it for the next start, so that addresses stay known.',
    ),
  mdns: z
    .boolean()
    .default(true)
    .describe('Find peers, and be found, on the local network by multicast DNS.'),
  maxMessageBytes: count
    .max(1024 * KIBIBYTE)
    .default(256 * KIBIBYTE)
    .describe(
      'Largest payload of a call: holds almost every tile, and delays the calls behind it by a few ms at most.',
    ),
  maxConnections: count
    .default(1000)
    .describe('Connections at once: a mesh of 800 machines with room to spare.'),
  maxPendingHandshakes: count
    .default(64)
    .describe(
      'Handshakes under way at once, per direction. Silent sockets cannot hold more; a whole room starting gets in.',
    ),
  maxHandshakesPerHostPerSecond: count
    .default(32)
    .describe(
      'From one address. A handshake costs about 5 ms of computing, so no stranger takes more than 16 %.',
    ),
  handshakeTimeoutMs: ms
    .default(5000)
    .describe('An inbound connection has this long to prove that it knows the mesh key.'),
  addressDialTimeoutMs: ms
    .default(5000)
    .describe(
      'Each address of a peer is tried this long, handshake included: a busy machine may take a second.',
    ),
  addressStaggerMs: ms
    .default(250)
    .describe(
      'The next address is tried beside the one before after this time, as in Happy Eyeballs (RFC 8305).',
    ),
  controlStreamTimeoutMs: ms
    .default(5000)
    .describe('From the handshake to the first frame; members on a busy machine need far less.'),
  closeTimeoutMs: ms
    .default(500)
    .describe('How long a connection may take to close in order, before it is cut.'),
  keepAliveMs: ms
    .default(60_000)
    .describe(
      'Between signs of life on a connection, so that routers do not forget it. Liveness is not judged by it.',
    ),
  maxCallsPerPeer: count.default(512).describe('Unanswered calls to one peer; more fail with BUSY at once.'),
  maxHandlersPerPeer: count
    .default(512)
    .describe('Calls of one peer being handled here; more are answered BUSY.'),
  maxQueuedBytesPerPeer: count
    .default(4 * MEBIBYTE)
    .describe(
      'Frames waiting for a peer that does not read; beyond it calls fail with BUSY and notices are dropped.',
    ),
  maxStreamsPerPeer: count
    .default(128)
    .describe('Bulk streams open with one peer in each direction together.'),
  streamWindowBytes: z
    .int()
    .min(256 * KIBIBYTE)
    .max(16 * MEBIBYTE)
    .default(MEBIBYTE)
    .describe('Unread bytes of a bulk stream under way: fills 1 Gbit/s up to 8 ms of round trip.'),
  streamReadAheadBytes: count
    .default(256 * KIBIBYTE)
    .describe('Bytes of a bulk stream kept for its reader before the sender is held back.'),
  streamLingerMs: ms
    .default(10_000)
    .describe('A stream whose handler is done is reset when its remote has not ended it after this time.'),
  maxBulkConnections: count
    .default(64)
    .describe('Connections of their own for large streams, of all peers together; more are told BUSY.'),
  bulkConnectTimeoutMs: ms
    .default(2000)
    .describe('Making one; a firewall that drops what it does not know costs this time once.'),
  bulkRetryMs: ms
    .default(600_000)
    .describe('Where none can be made, large streams share the common connection for so long.'),
  gossipPublishFanout: count
    .default(12)
    .describe('Peers that a publication goes to at first: all of a small mesh.'),
  gossipForwardFanout: count
    .default(5)
    .describe('Peers that a first-time receiver passes it on to: less than 1 % of a large mesh miss it.'),
  gossipMaxRemembered: count
    .default(16_384)
    .describe(
      'Publications remembered to tell repetitions, about 1 MiB; older ones would be passed on again.',
    ),
  gossipRememberMs: ms.default(120_000).describe('How long, at most: far longer than one travels.'),
  mdnsQueryIntervalMs: ms
    .default(20_000)
    .describe('Between multicast questions for peers of the mesh, of all its members together.'),
});
