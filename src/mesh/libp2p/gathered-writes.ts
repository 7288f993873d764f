import type {
  ConnectionEncrypter,
  MessageStream,
  MultiaddrConnection,
  Stream,
  StreamMuxer,
  StreamMuxerFactory,
} from '@libp2p/interface';
import { concatenate } from './frames.ts';

/** More than this is sent at once, so that the connection's own back-pressure is felt in time. */
const GATHERED_BYTES = 131_072;

/**
 * A muxer whose frames of one turn of the event loop leave as one message. The answers to what one packet brought,
 * the window updates for it and the calls that follow are then one encryption and one system call instead of a
 * dozen: most of what a busy front door spends on its peers.
 */
export function gatheringFrames<Components>(
  muxer: (components: Components) => StreamMuxerFactory,
): (components: Components) => StreamMuxerFactory {
  return (components) => {
    const factory = muxer(components);
    return Object.assign(Object.create(factory) as StreamMuxerFactory, {
      createStreamMuxer: (connection: MessageStream) => {
        const gathered = new GatheredSends(connection);
        const created = factory.createStreamMuxer(gathered.connection);
        return updatingWindowsLate(flushingAtClose(created, gathered));
      },
    });
  };
}

/**
 * An encrypter that writes each of its messages in one piece: Noise's length and content would otherwise be two
 * system calls and two packets.
 */
export function writingWholeMessages<Components>(
  encrypter: (components: Components) => ConnectionEncrypter,
): (components: Components) => ConnectionEncrypter {
  return (components) => {
    const inner = encrypter(components);
    return Object.assign(Object.create(inner) as ConnectionEncrypter, {
      secureInbound: (connection: MultiaddrConnection, ...rest: [never]) =>
        inner.secureInbound(whole(connection), ...rest),
      secureOutbound: (connection: MultiaddrConnection, ...rest: [never]) =>
        inner.secureOutbound(whole(connection), ...rest),
    });
  };
}

function whole(connection: MultiaddrConnection): MultiaddrConnection {
  const send = connection.send.bind(connection);
  connection.send = (data) => send(data.subarray());
  return connection;
}

function flushingAtClose(muxer: StreamMuxer, gathered: GatheredSends): StreamMuxer {
  const close = muxer.close.bind(muxer);
  muxer.close = async (options) => {
    try {
      await close(options);
    } finally {
      gathered.flush();
    }
  };
  return muxer;
}

/** What yamux's streams have besides libp2p's interface (@libp2p/yamux, stream.ts). */
interface YamuxStream extends Stream {
  readonly state: number;
  readonly recvWindow: number;
  readonly recvWindowCapacity: number;
  sendWindowUpdate(): void;
}

/** The same of its muxer (@libp2p/utils, abstract-stream-muxer.ts). */
interface YamuxMuxer extends StreamMuxer {
  onRemoteStream(stream: Stream): void;
}

const ESTABLISHED = 3;

/**
 * Window updates once half of the window is used, as the reference implementation has them (hashicorp/yamux,
 * `sendWindowUpdate`). One after every frame wakes the other side up for nothing: most frames here are small
 * questions and answers.
 */
function updatingWindowsLate(muxer: StreamMuxer): StreamMuxer {
  const createStream = muxer.createStream.bind(muxer);
  muxer.createStream = async (options) => late(await createStream(options));
  // Not by listening for streams: the muxer keeps those that come early until somebody does.
  const yamux = muxer as YamuxMuxer;
  const onRemoteStream = yamux.onRemoteStream.bind(muxer);
  yamux.onRemoteStream = (stream) => onRemoteStream(late(stream));
  return muxer;
}

function late<S extends Stream>(stream: S): S {
  const windowed = stream as unknown as YamuxStream;
  const update = windowed.sendWindowUpdate.bind(stream);
  windowed.sendWindowUpdate = () => {
    const plenty = windowed.recvWindowCapacity > windowed.recvWindow / 2;
    if (windowed.state !== ESTABLISHED || !plenty) update();
  };
  return stream;
}

type Sendable = Parameters<MessageStream['send']>[0];

/** What one connection is given to send in this turn of the event loop. */
class GatheredSends {
  readonly connection: MessageStream;
  readonly #send: MessageStream['send'];
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #scheduled = false;

  constructor(connection: MessageStream) {
    this.connection = connection;
    this.#send = connection.send.bind(connection);
    connection.send = (data) => this.#add(data);
  }

  flush(): boolean {
    const gathered = this.#pending;
    if (gathered.length === 0 || this.connection.status !== 'open') return true;
    const message = concatenate(gathered, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    return this.#send(message);
  }

  /** False when the sender has to wait for `drain`. */
  #add(data: Sendable): boolean {
    if (data instanceof Uint8Array) this.#pending.push(data);
    else this.#pending.push(...data);
    this.#pendingBytes += data.byteLength;
    if (this.connection.writableNeedsDrain || this.#pendingBytes >= GATHERED_BYTES) return this.flush();
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#flushLater());
    }
    return true;
  }

  #flushLater(): void {
    this.#scheduled = false;
    try {
      this.flush();
    } catch {
      // The connection has ended meanwhile: its streams are told by its own events.
    }
  }
}
