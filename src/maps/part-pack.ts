import { createHash, hash } from 'node:crypto';
import { GismeshError } from '../core/errors.ts';

/** The finished result of one drawing: a metatile's tiles, or the single answer of anything else. */
export interface PartPack {
  readonly parts: readonly Uint8Array[];
  readonly contentType: string;
  /** Who drew it. */
  readonly drawnBy: string;
  readonly drawnByName: string;
  readonly renderMs: number;
}

export function packBytes(pack: PartPack): number {
  return pack.parts.reduce((sum, part) => sum + part.byteLength, 0);
}

/**
 * The same pack in memory of its own size. What came over the network or from a worker may be a small view of a
 * large buffer, which a cache would keep alive without counting it.
 */
export function compact(pack: PartPack): PartPack {
  const memory = Buffer.alloc(packBytes(pack));
  let offset = 0;
  const parts = pack.parts.map((part) => {
    memory.set(part, offset);
    offset += part.byteLength;
    return memory.subarray(offset - part.byteLength, offset);
  });
  return { ...pack, parts };
}

/** Strong entity tag of a part, with its quotes. */
export function entityTag(part: Uint8Array): string {
  return `"${hash('sha1', part, 'base64url')}"`;
}

const MAGIC = 'GMP1';
const DIGEST_BYTES = 32;
const PREFIX_BYTES = 8;

/**
 * A pack as one file: `GMP1`, header length (u32 LE), header (JSON), the parts, sha-256 over all before it.
 * The digest makes a torn or rotten file recognisable, so that it is dropped and drawn again.
 */
export function encodePack(pack: PartPack): Uint8Array {
  const { parts, ...rest } = pack;
  const header = Buffer.from(JSON.stringify({ ...rest, sizes: parts.map((part) => part.byteLength) }));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(header.byteLength, 4);
  const digest = createHash('sha256').update(prefix).update(header);
  for (const part of parts) digest.update(part);
  return Buffer.concat([prefix, header, ...parts, digest.digest()]);
}

/** Throws `MESSAGE_MALFORMED` on anything but the very bytes `encodePack` wrote. */
export function decodePack(file: Uint8Array): PartPack {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const end = bytes.byteLength - DIGEST_BYTES;
  if (end < PREFIX_BYTES || bytes.toString('latin1', 0, 4) !== MAGIC) throw malformed('not a pack');
  const digest = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!digest.equals(bytes.subarray(end))) throw malformed('its digest does not fit');
  const headerEnd = PREFIX_BYTES + bytes.readUInt32LE(4);
  const { sizes, ...rest } = JSON.parse(bytes.toString('utf8', PREFIX_BYTES, headerEnd));
  const parts: Uint8Array[] = [];
  let offset = headerEnd;
  for (const size of sizes as number[]) {
    parts.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return { ...rest, parts };
}

function malformed(why: string): GismeshError {
  return new GismeshError('MESSAGE_MALFORMED', `Cached drawing is unusable: ${why}`);
}
