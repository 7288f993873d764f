import { PingSchema } from '../../protocols/membership/membership_pb.js';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { PeerId } from '../platform/network.ts';
import {
  claimFromWire,
  claimsFromWire,
  claimToWire,
  loadFromWire,
  loadToWire,
  sameBytes,
  whole,
} from './membership-wire.ts';
import type { Claim, Load, PeerRecord } from './offer.ts';

/** What a ping or its reply says. */
export interface Ping {
  readonly sequence: number;
  readonly load: Load;
  readonly loadStamp: number;
  readonly digest: Uint8Array;
  /** What the sender holds of the receiver. */
  readonly receiver: Claim | undefined;
  /** News that travels along. */
  readonly claims: readonly Claim[];
}

/** Peers whose last pings are kept: more than one has connections to. */
const MAX_PEERS = 256;

/**
 * Pings and their replies, which are one message. In a quiet mesh two peers say the same to each other again and
 * again: what they last said is kept, and neither encoded nor decoded anew.
 */
export class PingCodec {
  readonly #said = new Map<
    PeerId,
    { own: PeerRecord; digest: Uint8Array; receiver: Claim; bytes: Uint8Array }
  >();
  readonly #heard = new Map<PeerId, { bytes: Uint8Array; ping: Ping }>();

  /** Bytes of what this peer, that offers `own`, says to another one. */
  encode(
    to: PeerId,
    own: PeerRecord,
    digest: Uint8Array,
    receiver: Claim,
    claims: readonly Claim[],
  ): Uint8Array {
    const said = this.#said.get(to);
    const isSame = said?.own === own && said.digest === digest && isEqual(said.receiver, receiver);
    if (isSame && claims.length === 0) return said.bytes;
    const bytes = encodeMessage(PingSchema, {
      sequence: BigInt(own.sequence),
      load: loadToWire(own.offer.load, own.loadStamp),
      digest,
      receiver: claimToWire(receiver),
      claims: claims.map(claimToWire),
    });
    if (claims.length === 0) keep(this.#said, to, { own, digest, receiver, bytes });
    return bytes;
  }

  /** Throws `MESSAGE_MALFORMED`. */
  decode(from: PeerId, bytes: Uint8Array): Ping {
    const heard = this.#heard.get(from);
    if (heard && sameBytes(heard.bytes, bytes)) return heard.ping;
    const { sequence, load, digest, receiver, claims } = decodeMessage(PingSchema, bytes);
    const { stamp, running, queued } = loadFromWire(load);
    const ping: Ping = {
      sequence: whole(sequence, 'sequence'),
      load: { running, queued },
      loadStamp: stamp,
      digest,
      receiver: receiver && claimFromWire(receiver),
      claims: claimsFromWire(claims),
    };
    if (ping.claims.length === 0) keep(this.#heard, from, { bytes, ping });
    return ping;
  }
}

function keep<T>(map: Map<PeerId, T>, peer: PeerId, value: T): void {
  if (map.size >= MAX_PEERS && !map.has(peer)) map.clear();
  map.set(peer, value);
}

function isEqual(one: Claim, other: Claim): boolean {
  return one.peer === other.peer && one.sequence === other.sequence && one.standing === other.standing;
}
