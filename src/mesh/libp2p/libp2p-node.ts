import type { ComponentLogger, Connection, Libp2p, Logger } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import type { Log } from '../../platform/log.ts';
import type { MeshSecrets } from '../mesh-key.ts';
import { describe } from './errors.ts';
import { gatheringFrames, writingWholeMessages } from './gathered-writes.ts';
import { readPrivateKey } from './identity.ts';
import type { NetworkOptions } from './options.ts';
import { decodingQuietly } from './quiet-decoding.ts';

export interface NodeInit {
  readonly privateKey: Uint8Array;
  readonly secrets: MeshSecrets;
  readonly listen: readonly string[];
  readonly options: NetworkOptions;
  readonly log: Log;
}

/** What libp2p hides behind its own dial queue and address book. */
interface Transports {
  /** Where the node listens, each interface with its address. */
  getAddrs(): Multiaddr[];
  dial(address: Multiaddr, options: { signal: AbortSignal }): Promise<Connection>;
}

export interface Libp2pNode {
  readonly libp2p: Libp2p;
  readonly transports: Transports;
}

/** A libp2p node, not yet started, that can talk to members of the mesh only. */
export async function createLibp2pNode(init: NodeInit): Promise<Libp2pNode> {
  const { options } = init;
  const transports = Promise.withResolvers<Transports>();
  const libp2p = await createLibp2p({
    start: false,
    privateKey: readPrivateKey(init.privateKey),
    addresses: { listen: [...init.listen] },
    logger: componentLogger(init.log),
    transports: [
      tcp({
        inboundSocketInactivityTimeout: 0,
        outboundSocketInactivityTimeout: 0,
        maxConnections: options.maxConnections + options.maxPendingHandshakes,
      }),
    ],
    connectionEncrypters: [
      decodingQuietly(writingWholeMessages(noise({ prologueBytes: init.secrets.prologue }))),
    ],
    streamMuxers: [
      gatheringFrames(
        yamux({
          keepAliveInterval: options.keepAliveMs,
          maxInboundStreams: 2 * options.maxStreamsPerPeer,
          maxOutboundStreams: 2 * options.maxStreamsPerPeer,
          streamOptions: {
            maxStreamWindowSize: options.streamWindowBytes,
            maxReadBufferLength: 2 * options.streamWindowBytes + options.streamReadAheadBytes,
          },
        }),
      ),
    ],
    // Liveness is the membership's: a ping of libp2p's monitor that fails would close busy connections.
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: options.maxConnections,
      maxIncomingPendingConnections: options.maxPendingHandshakes,
      inboundConnectionThreshold: options.maxHandshakesPerHostPerSecond,
      inboundUpgradeTimeout: options.handshakeTimeoutMs,
      inboundStreamProtocolNegotiationTimeout: options.controlStreamTimeoutMs,
      outboundStreamProtocolNegotiationTimeout: options.controlStreamTimeoutMs,
      reconnectRetries: 0,
      connectionCloseTimeout: options.closeTimeoutMs,
    },
    services: {
      transports: (components: { transportManager: Transports }) => {
        transports.resolve(components.transportManager);
        return {};
      },
    },
  });
  return { libp2p, transports: await transports.promise };
}

/** libp2p's own reports: only its errors, and those for debugging, because most are everyday ends of streams. */
function componentLogger(log: Log): ComponentLogger {
  const forComponent = (name: string): Logger =>
    Object.assign(() => undefined, {
      enabled: false,
      trace: () => undefined,
      error: (format: unknown, ...details: unknown[]) => {
        log.debug({ component: name, details: details.map(describe) }, String(format));
      },
      newScope: (scope: string) => forComponent(`${name}:${scope}`),
    });
  return { forComponent };
}
