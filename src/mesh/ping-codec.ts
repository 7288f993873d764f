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

interface Front {
  readonly own: PeerRecord;
  readonly digest: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What was last said to a peer: what is said to all, and then what is held of this one. */
interface Said {
  readonly front: Front;
  readonly receiver: Claim;
  readonly bytes: Uint8Array;
}

/**
 * Pings and their replies, which are one message. In a quiet mesh two peers say the same to each other again and
 * again: what they last said is kept, and neither encoded nor decoded anew. What is new is mostly said to all: it is
 * encoded once, for the fields of a message may be encoded apart and put one behind the other.
 */
export class PingCodec {
  #front: Front | undefined;
  readonly #said = new Map<PeerId, Said>();
  readonly #heard = new Map<PeerId, { bytes: Uint8Array; ping: Ping }>();

  /** Bytes of what this peer, that offers `own`, says to another one. */
  encode(
    to: PeerId,
    own: PeerRecord,
    digest: Uint8Array,
    receiver: Claim,
    claims: readonly Claim[],
  ): Uint8Array {
    const front = this.#frontOf(own, digest);
    const said = this.#said.get(to);
    const isHeldAlike = said !== undefined && isEqual(said.receiver, receiver);
    if (isHeldAlike && said.front === front && claims.length === 0) return said.bytes;
    const back = isHeldAlike
      ? said.bytes.subarray(said.front.bytes.length)
      : encodeMessage(PingSchema, { receiver: claimToWire(receiver) });
    if (claims.length > 0) {
      const news = encodeMessage(PingSchema, { claims: claims.map(claimToWire) });
      return joined(front.bytes, back, news);
    }
    const bytes = joined(front.bytes, back);
    keep(this.#said, to, { front, receiver, bytes });
    return bytes;
  }

  #frontOf(own: PeerRecord, digest: Uint8Array): Front {
    if (this.#front?.own === own && this.#front.digest === digest) return this.#front;
    const load = loadToWire(own.offer.load, own.loadStamp);
    const bytes = encodeMessage(PingSchema, { sequence: BigInt(own.sequence), load, digest });
    this.#front = { own, digest, bytes };
    return this.#front;
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

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function keep<T>(map: Map<PeerId, T>, peer: PeerId, value: T): void {
  if (map.size >= MAX_PEERS && !map.has(peer)) map.clear();
  map.set(peer, value);
}

function isEqual(one: Claim, other: Claim): boolean {
  return one.peer === other.peer && one.sequence === other.sequence && one.standing === other.standing;
}
