import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface';

/** A list of chunks or a single one, as libp2p's decoder keeps what it has not decoded yet. */
interface Bytes {
  readonly byteLength: number;
  get?(index: number): number;
  readonly [index: number]: number;
}

/** What Noise's connections have besides libp2p's interface (@libp2p/noise, utils.ts). */
interface NoiseConnection extends MessageStream {
  readonly decoder?: { lengthDecoder: (data: Bytes) => number };
}

/** Tells the decoder to wait for more; the stack of a new one each time would cost more than the decryption. */
const TOO_SHORT = new RangeError('the length of a message has not arrived yet');

/**
 * An encrypter whose connections find the end of what they have read without an exception. Noise's own look for the
 * length of a next message throws one with a stack for every packet, which is up to a twentieth of what a peer does.
 */
export function decodingQuietly<Components>(
  encrypter: (components: Components) => ConnectionEncrypter,
): (components: Components) => ConnectionEncrypter {
  return (components) => {
    const inner = encrypter(components);
    return Object.assign(Object.create(inner) as ConnectionEncrypter, {
      secureInbound: async (...parameters: Parameters<ConnectionEncrypter['secureInbound']>) =>
        quiet(await inner.secureInbound(...parameters)),
      secureOutbound: async (...parameters: Parameters<ConnectionEncrypter['secureOutbound']>) =>
        quiet(await inner.secureOutbound(...parameters)),
    });
  };
}

function quiet<Secured extends { readonly connection: MessageStream }>(secured: Secured): Secured {
  const { decoder } = secured.connection as NoiseConnection;
  if (decoder) decoder.lengthDecoder = readLength;
  return secured;
}

/** Two bytes, the high one first (Noise Protocol Framework, revision 34, section 3). */
function readLength(data: Bytes): number {
  if (data.byteLength < 2) throw TOO_SHORT;
  const [high, low] = data.get ? [data.get(0), data.get(1)] : [data[0], data[1]];
  return ((high ?? 0) << 8) | (low ?? 0);
}
