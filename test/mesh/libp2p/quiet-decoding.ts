import { generateKeyPair } from '@libp2p/crypto/keys';
import type { Logger, MessageStream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { multiaddrConnectionPair } from '@libp2p/utils';
import test, { type ExecutionContext } from 'ava';
import { decodingQuietly } from '../../../src/mesh/libp2p/quiet-decoding.ts';

const silent: Logger = Object.assign(() => {}, {
  enabled: false,
  error: () => {},
  trace: () => {},
  newScope: () => silent,
});

/** Two ends of one connection under Noise. */
async function securedPair(): Promise<[MessageStream, MessageStream]> {
  const encrypter = async () => {
    const privateKey = await generateKeyPair('Ed25519');
    const components = {
      privateKey,
      peerId: peerIdFromPrivateKey(privateKey),
      logger: { forComponent: () => silent },
    };
    return decodingQuietly(noise())(components as never);
  };
  const [near, far] = multiaddrConnectionPair();
  const options = { skipStreamMuxerNegotiation: true };
  const [one, other] = await Promise.all([
    encrypter().then((end) => end.secureOutbound(near, options)),
    encrypter().then((end) => end.secureInbound(far, options)),
  ]);
  return [one.connection, other.connection];
}

/** Collects what arrives until it is so much. */
function received(t: ExecutionContext, stream: MessageStream, bytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve) => {
    stream.addEventListener('message', ({ data }) => {
      chunks.push(data.subarray());
      const all = Buffer.concat(chunks);
      t.true(all.length <= bytes);
      if (all.length === bytes) resolve(all);
    });
  });
}

test('messages of every length arrive whole, in order', async (t) => {
  const [one, other] = await securedPair();
  const lengths = [1, 2, 255, 256, 65_519, 65_520, 200_000];
  const sent = lengths.map((length, index) => Buffer.alloc(length, index + 1));
  const whole = Buffer.concat(sent);
  const arrived = received(t, other, whole.length);
  for (const message of sent) one.send(message);
  t.true((await arrived).equals(whole));
});

test('looking for a next message that is not there makes no error of its own', async (t) => {
  const [connection] = await securedPair();
  const { lengthDecoder } = (connection as never as { decoder: { lengthDecoder(data: Uint8Array): number } })
    .decoder;
  const first = t.throws(() => lengthDecoder(new Uint8Array(1)), { instanceOf: RangeError });
  const second = t.throws(() => lengthDecoder(new Uint8Array()), { instanceOf: RangeError });
  t.is(first, second);
  t.is(lengthDecoder(Uint8Array.of(0x12, 0x34, 0x56)), 0x1234);
});
