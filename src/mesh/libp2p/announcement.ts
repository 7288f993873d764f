import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type TxtAnswer } from 'dns-packet';
import type { PeerAddress } from '../../platform/network.ts';
import { parseAddress } from './addresses.ts';

/**
 * What peers tell each other by multicast DNS, in the form of libp2p's mDNS discovery: a question for the
 * service of the mesh, and as answer a PTR record with TXT strings `dnsaddr=<multiaddr>/p2p/<peer>`.
 *
 * One TXT string more, `mac=`, proves that a member of the mesh wrote it: otherwise anybody on the local network
 * could make every peer dial wherever he likes. https://github.com/libp2p/specs/blob/master/discovery/mdns.md
 */
export type Heard = { readonly kind: 'question' } | ({ readonly kind: 'announcement' } & PeerAddress);

/** With these an announcement fits into one packet of an Ethernet. */
const MAX_ADDRESSES = 8;
const MAX_TXT_BYTES = 255;
const TTL_SECONDS = 120;
const MAC_BYTES = 16;

export class AnnouncementCodec {
  readonly #serviceName: string;
  readonly #key: Uint8Array;

  /** `key`: a secret of all members. */
  constructor(serviceName: string, key: Uint8Array) {
    this.#serviceName = serviceName;
    this.#key = key;
  }

  question(): Uint8Array {
    const questions = [{ type: 'PTR' as const, name: this.#serviceName }];
    return encode({ type: 'query', flags: 0, questions });
  }

  announcement({ peer, addresses }: PeerAddress): Uint8Array {
    const name = `${peer.slice(-32).toLowerCase()}.${this.#serviceName}`;
    const places = addresses.map((address) => `dnsaddr=${address}/p2p/${peer}`);
    const told = places.filter((place) => place.length <= MAX_TXT_BYTES).slice(0, MAX_ADDRESSES);
    const common = { class: 'IN' as const, ttl: TTL_SECONDS };
    const answers: Answer[] = [
      { type: 'PTR', name: this.#serviceName, data: name, ...common },
      { type: 'TXT', name, data: [...told, `mac=${this.#mac(told).toString('base64url')}`], ...common },
    ];
    return encode({ type: 'response', flags: AUTHORITATIVE_ANSWER, answers });
  }

  /** What a packet says to this mesh; undefined for everything else, be it broken, foreign or forged. */
  read(packet: Uint8Array): Heard | undefined {
    try {
      const { type, questions, answers, additionals } = decode(Buffer.from(packet));
      if (type === 'query') return questions?.some(({ name }) => this.#isOurs(name)) ? QUESTION : undefined;
      if (!answers?.some((answer) => answer.type === 'PTR' && this.#isOurs(answer.name))) return undefined;
      const records = [...answers, ...(additionals ?? [])];
      const texts = records.filter((answer): answer is TxtAnswer => answer.type === 'TXT');
      return this.#readTexts(texts.flatMap(({ data }) => data).map(String));
    } catch {
      return undefined;
    }
  }

  #isOurs(name: string): boolean {
    return name.toLowerCase() === this.#serviceName;
  }

  #readTexts(texts: readonly string[]): Heard | undefined {
    const places = texts.filter((text) => text.startsWith('dnsaddr='));
    const mac = texts.find((text) => text.startsWith('mac='))?.slice('mac='.length) ?? '';
    if (places.length > MAX_ADDRESSES || !sameBytes(Buffer.from(mac, 'base64url'), this.#mac(places))) {
      return undefined;
    }
    const targets = places.map((place) => parseAddress(place.slice('dnsaddr='.length)));
    const peer = targets[0]?.peer;
    if (peer === undefined || targets.some((target) => target.peer !== peer)) return undefined;
    return { kind: 'announcement', peer, addresses: targets.flatMap(({ addresses }) => addresses) };
  }

  #mac(places: readonly string[]): Buffer {
    return createHmac('sha256', this.#key).update(places.join('\n')).digest().subarray(0, MAC_BYTES);
  }
}

const QUESTION: Heard = { kind: 'question' };

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
