import { hash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { GismeshError } from '../core/errors.ts';
import { BASE32_ALPHABET, decodeBase32, encodeBase32 } from './base32.ts';
import { MESH_KEY_BYTES, meshKeyOfWords, normaliseMeshWords } from './mesh-key.ts';

/**
 * An invitation lets a new peer into a mesh: the mesh key, and where to find members when the local network
 * carries no multicast. As text it is `gismesh1` and base32 of
 *
 *     key (32 bytes) | number of seeds (1 byte) | seeds | checksum (4 bytes)
 *
 * A seed is its kind and content: 1 = IPv4 address and TCP port (6 bytes), 0 = length (1 byte) and a multiaddr
 * as text. The checksum is the start of the SHA-256 of the prefix and what precedes the checksum. The six words
 * of a mesh are an invitation, too, without seeds.
 */
export interface Invitation {
  readonly key: Uint8Array;
  /** Multiaddrs of members, most promising first. */
  readonly seeds: readonly string[];
  /** The canonical words, when the invitation was given by words. */
  readonly words?: string;
}

/** As many addresses as a mesh needs for its first contact, and as a line of text bears. */
export const MAX_INVITATION_SEEDS = 8;

const PREFIX = 'gismesh1';
const PREFIX_BYTES = Buffer.from(PREFIX);
const CHECKSUM_BYTES = 4;
const MAX_SEED_BYTES = 255;
/** No valid invitation is longer. */
const MAX_CODE_LENGTH = 4096;
/** Up to here, which almost all are, a typo is searched for. */
const MAX_SEARCHED_LENGTH = 512;

const SEED_TEXT = 0;
const SEED_IP4_TCP = 1;

/**
 * The text of an invitation; seeds beyond `MAX_INVITATION_SEEDS` are left out.
 *
 * @throws INVITATION_INVALID when the key has the wrong size or a seed is not a multiaddr of at most 255 bytes.
 */
export function formatInvitation(invitation: Pick<Invitation, 'key' | 'seeds'>): string {
  if (invitation.key.length !== MESH_KEY_BYTES) throw invalid(`its key has ${invitation.key.length} bytes`);
  const seeds = invitation.seeds.slice(0, MAX_INVITATION_SEEDS).map(encodeSeed);
  const body = Buffer.concat([invitation.key, Uint8Array.of(seeds.length), ...seeds]);
  return PREFIX + encodeBase32(Buffer.concat([body, checksum(body)]));
}

/**
 * Reads an invitation, given as code or as six words; deriving a key from words takes about half a second.
 *
 * @throws INVITATION_INVALID with what is wrong: a typo with its place, missing characters, an unknown word.
 */
export async function parseInvitation(text: string): Promise<Invitation> {
  const compact = text.replace(/\s+/g, '').toLowerCase();
  if (compact === '') throw invalid('it is empty');
  if (compact.startsWith('gismesh')) return parseCode(compact);
  if (!/[\s,-]/.test(text.trim())) {
    throw invalid(`it starts neither with "${PREFIX}" nor does it have six words`);
  }
  const words = normaliseMeshWords(text);
  return { key: await meshKeyOfWords(words), seeds: [], words };
}

function parseCode(text: string): Invitation {
  if (!text.startsWith(PREFIX)) {
    const other = /^gismesh\d/.test(text) ? ', so it comes from another version of gismesh' : '';
    throw invalid(`it does not start with "${PREFIX}"${other}`);
  }
  if (text.length > MAX_CODE_LENGTH) throw invalid(`it is longer than ${MAX_CODE_LENGTH} characters`);
  const code = text.slice(PREFIX.length).replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('8', 'b');
  const foreign = /[^a-z2-7]/.exec(code);
  if (foreign) {
    throw invalid(`"${foreign[0]}" at character ${PREFIX.length + foreign.index + 1} cannot occur in one`);
  }
  const content = verified(code);
  if (content === undefined) throw invalid(describeTypo(code));
  return decodeContent(content);
}

/** What the checksum covers, or undefined when it does not match. */
function verified(code: string): Uint8Array | undefined {
  const bytes = decodeBase32(code);
  if (bytes === undefined || bytes.length < MESH_KEY_BYTES + 1 + CHECKSUM_BYTES) return undefined;
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  return Buffer.compare(checksum(content), bytes.subarray(-CHECKSUM_BYTES)) === 0 ? content : undefined;
}

function checksum(content: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([PREFIX_BYTES, content]), 'buffer').subarray(0, CHECKSUM_BYTES);
}

/** Names the one wrong or swapped character when a correction makes the checksum match. */
function describeTypo(code: string): string {
  const at = (index: number) => `character ${PREFIX.length + index + 1}`;
  for (let index = 0; index < code.length && code.length <= MAX_SEARCHED_LENGTH; index++) {
    const before = code.slice(0, index);
    const [here, next] = [code[index], code[index + 1] ?? ''];
    for (const other of BASE32_ALPHABET) {
      if (other !== here && verified(before + other + code.slice(index + 1))) {
        return `there is a typo: ${at(index)}, "${here}", should be "${other}"`;
      }
    }
    if (here !== next && verified(before + next + here + code.slice(index + 2))) {
      return `there is a typo: "${here}${next}" at ${at(index)} should be "${next}${here}"`;
    }
  }
  return 'there is a typo, or a part is missing';
}

function encodeSeed(seed: string): Uint8Array {
  const [, address, port] = /^\/ip4\/([\d.]+)\/tcp\/([1-9]\d{0,4})$/.exec(seed) ?? [];
  if (address !== undefined && isIPv4(address) && Number(port) < 65_536) {
    const bytes = [...address.split('.'), Number(port) >> 8, Number(port) & 0xff].map(Number);
    return Uint8Array.of(SEED_IP4_TCP, ...bytes);
  }
  const text = Buffer.from(seed, 'utf8');
  if (!isSeedText(seed) || text.length > MAX_SEED_BYTES) {
    throw invalid(`"${seed.slice(0, 80)}" is not a multiaddr of at most ${MAX_SEED_BYTES} bytes`);
  }
  return Uint8Array.of(SEED_TEXT, text.length, ...text);
}

function decodeContent(content: Uint8Array): Invitation {
  const seeds: string[] = [];
  let position = MESH_KEY_BYTES + 1;
  const take = (length: number) => {
    const taken = content.subarray(position, position + length);
    if (taken.length < length) throw invalid('its list of seeds is cut off');
    position += length;
    return taken;
  };
  const count = content[MESH_KEY_BYTES]!;
  if (count > MAX_INVITATION_SEEDS)
    throw invalid(`it names ${count} seeds, more than ${MAX_INVITATION_SEEDS}`);
  while (seeds.length < count) {
    const kind = take(1)[0];
    if (kind === SEED_IP4_TCP) {
      const bytes = take(6);
      seeds.push(`/ip4/${bytes.subarray(0, 4).join('.')}/tcp/${(bytes[4]! << 8) | bytes[5]!}`);
    } else if (kind === SEED_TEXT) {
      seeds.push(Buffer.from(take(take(1)[0]!)).toString('utf8'));
    } else {
      throw invalid('it names a seed of an unknown kind, so it comes from a newer version of gismesh');
    }
  }
  if (position !== content.length || !seeds.every(isSeedText)) throw invalid('its list of seeds is broken');
  return { key: content.slice(0, MESH_KEY_BYTES), seeds };
}

const isSeedText = (seed: string) => /^\/[\x21-\x7e]+$/.test(seed);

function invalid(reason: string): GismeshError {
  const remedy = 'Copy it again from "gismesh invite" on a peer of the mesh.';
  return new GismeshError('INVITATION_INVALID', `This is not an invitation: ${reason}. ${remedy}`);
}
