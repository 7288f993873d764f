import { crc32, deflateRawSync } from 'node:zlib';

/** One file of a crafted zip; what is not said is as it should be. */
export interface Crafted {
  readonly name: string;
  readonly data?: Uint8Array;
  /** What the directory says instead of the truth. */
  readonly claimedBytes?: number;
  readonly method?: number;
  readonly flags?: number;
  /** Of Unix: 0o120777 is a link. */
  readonly mode?: number;
  /** The directory points to the bytes of the file with this number instead of its own. */
  readonly sharesWith?: number;
}

/** A zip byte by byte, as no library would write it (APPNOTE.TXT). */
export function craftZip(files: readonly Crafted[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const offsets: number[] = [];
  let at = 0;
  for (const file of files) {
    const data = file.data ?? Buffer.alloc(0);
    const method = file.method ?? 8;
    const packed = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const name = Buffer.from(file.name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800 | (file.flags ?? 0), 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(file.claimedBytes ?? data.length, 18);
    common.writeUInt16LE(name.length, 22);
    offsets.push(file.sharesWith === undefined ? at : (offsets[file.sharesWith] as number));
    if (file.sharesWith === undefined) {
      parts.push(Buffer.from('PK\x03\x04', 'latin1'), common, name, packed);
      at += 4 + common.length + name.length + packed.length;
    }
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((file.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offsets.at(-1) as number, 10);
    // Made on Unix, by version 3.0 of the format.
    directory.push(Buffer.from('PK\x01\x02\x1e\x03', 'latin1'), common, rest, name);
  }
  const bytes = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length & 0xffff, 8);
  end.writeUInt16LE(files.length & 0xffff, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]);
}
