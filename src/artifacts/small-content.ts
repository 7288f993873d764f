/**
 * Content of a few bytes needs no store: its id is the identity multihash (https://multiformats.io/multihash/), which
 * holds the content itself. Whoever knows the id has the content; nothing is written, copied or lost.
 */

const IDENTITY = '00';
const MAX_BYTES = 256;
/** A length up to this is one byte of a varint, a larger one is two. */
const ONE_BYTE = 127;

/** In hexadecimal digits; undefined for content that is larger than that. */
export function smallContentId(content: Uint8Array): string | undefined {
  const { length } = content;
  if (length > MAX_BYTES) return undefined;
  const varint = length <= ONE_BYTE ? [length] : [(length & ONE_BYTE) | (ONE_BYTE + 1), length >> 7];
  return IDENTITY + Buffer.from([...varint, ...content]).toString('hex');
}

/** The content that an id is; undefined for any other id. */
export function smallContent(id: string): Uint8Array | undefined {
  if (!id.startsWith(IDENTITY) || !/^(?:[0-9a-f]{2}){2,}$/.test(id)) return undefined;
  const bytes = Buffer.from(id, 'hex');
  const content = bytes.subarray(bytes[1]! <= ONE_BYTE ? 2 : 3);
  // Only the one way to write it counts: equal content has one id.
  return smallContentId(content) === id ? new Uint8Array(content) : undefined;
}
