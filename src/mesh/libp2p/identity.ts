import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { GismeshError } from '../../core/errors.ts';
import type { PeerId } from '../../platform/network.ts';

/** A new private key (Ed25519, in libp2p's protobuf form), for the caller to store where only it can read. */
export async function createIdentity(): Promise<Uint8Array> {
  return privateKeyToProtobuf(await generateKeyPair('Ed25519'));
}

/** The peer id of a private key of `createIdentity`. */
export function peerIdOf(privateKey: Uint8Array): PeerId {
  return peerIdFromPrivateKey(readPrivateKey(privateKey)).toString();
}

/** @throws CONFIG_INVALID when the bytes are not a private key. */
export function readPrivateKey(bytes: Uint8Array): PrivateKey {
  try {
    return privateKeyFromProtobuf(bytes);
  } catch (cause) {
    const remedy = 'Remove the damaged identity.key from its data folder; the peer then gets a new identity.';
    throw new GismeshError('CONFIG_INVALID', `This is not a private key of a peer. ${remedy}`, { cause });
  }
}
