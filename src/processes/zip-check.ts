import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import type { Content } from './process.ts';

/** What a zip may hold: its files, their bytes, and how much smaller they may be in it. */
export interface ZipLimits {
  readonly maxFiles: number;
  readonly maxUnpackedBytes: number;
  /** Unpacked bytes for each packed one, of zips that hold more than `ratioFromBytes`. */
  readonly maxRatio: number;
  readonly ratioFromBytes: number;
}

/** Fixed part of a file's header before its bytes (APPNOTE.TXT, section 4.3.7). */
const LOCAL_HEADER_BYTES = 30;
/** What file systems take; 10,000 of the 65,535 that a zip can have would fill the memory. */
const MAX_NAME_BYTES = 1024;
const FILE_TYPE_MASK = 0o170000;
const PLAIN_FILE = 0o100000;
const FOLDER = 0o040000;
/** Compression methods of APPNOTE.TXT, section 4.4.5: stored, deflated. */
const METHODS: ReadonlySet<number> = new Set([0, 8]);
/** What does not get smaller grows by a thousandth; by more where a program that packs it flushes again and again. */
const MOST_PACKED = { factor: 2, bytes: 1024 } as const;

/**
 * Reads the directory of a zip, and nothing of its files. Throws an `Error` with the reason for one that is damaged, or
 * that does harm to a program that unpacks it: too large, too many files, files that share their bytes or are packed in more than
 * they say to have, names that lead out of a folder or stand twice, links, passwords.
 */
export async function checkZip(content: Content, limits: ZipLimits): Promise<void> {
  const zip =
    content.at === 'file'
      ? await openPromise(content.path, { autoClose: false })
      : await fromBufferPromise(
          Buffer.from(content.bytes.buffer, content.bytes.byteOffset, content.bytes.length),
        );
  try {
    await checkDirectory(zip, limits);
  } finally {
    zip.close();
  }
}

async function checkDirectory(zip: ZipFile, limits: ZipLimits): Promise<void> {
  if (zip.entryCount > limits.maxFiles) throw new Error(`it holds more than ${limits.maxFiles} files`);
  const names = new Set<string>();
  const places: Place[] = [];
  let unpacked = 0;
  let packed = 0;
  // Names that lead out of the folder, and sizes that no file can have, are refused by the reader itself.
  for await (const entry of zip.eachEntry()) {
    checkEntry(entry);
    const name = plainName(entry.fileName);
    if (names.has(name)) throw new Error(`it holds ${JSON.stringify(entry.fileName)} twice`);
    names.add(name);
    unpacked += entry.uncompressedSize;
    packed += entry.compressedSize;
    if (unpacked > limits.maxUnpackedBytes) {
      throw new Error(`unpacked it has more than ${limits.maxUnpackedBytes} bytes`);
    }
    places.push(placeOf(entry));
  }
  if (unpacked > limits.ratioFromBytes && unpacked > packed * limits.maxRatio) {
    throw new Error(`unpacked it is more than ${limits.maxRatio} times as large`);
  }
  checkPlaces(places, zip.fileSize);
}

function checkEntry(entry: Entry): void {
  if (entry.fileNameLength > MAX_NAME_BYTES) {
    throw new Error(`a name in it has more than ${MAX_NAME_BYTES} bytes`);
  }
  const name = JSON.stringify(entry.fileName);
  if (entry.isEncrypted()) throw new Error(`${name} in it has a password`);
  if (!METHODS.has(entry.compressionMethod)) {
    throw new Error(`${name} in it is packed by method ${entry.compressionMethod}: use deflate`);
  }
  if (entry.compressedSize > MOST_PACKED.factor * entry.uncompressedSize + MOST_PACKED.bytes) {
    throw new Error(`${name} in it holds more than it says`);
  }
  if (entry.fileName.includes('\0')) throw new Error(`the name ${name} in it holds a zero character`);
  // The upper half holds what Unix says of a file, where it was made on Unix.
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE_MASK;
  if (type !== 0 && type !== PLAIN_FILE && type !== FOLDER) {
    throw new Error(`${name} in it is a link or device`);
  }
}

/** Two names that are one file for some program: on disks without upper case, or written with `.` and `//`. */
function plainName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.join('/').normalize('NFC').toLowerCase();
}

interface Place {
  readonly from: number;
  readonly to: number;
}

function placeOf({ relativeOffsetOfLocalHeader, compressedSize, fileNameLength }: Entry): Place {
  const from = relativeOffsetOfLocalHeader;
  return { from, to: from + LOCAL_HEADER_BYTES + fileNameLength + compressedSize };
}

/** Files that lie over one another are how a few bytes become many. */
function checkPlaces(places: readonly Place[], bytes: number): void {
  let end = 0;
  for (const { from, to } of [...places].sort((a, b) => a.from - b.from)) {
    if (from < end) throw new Error('files in it share their bytes');
    if (to > bytes) throw new Error('a file in it lies beyond its end');
    end = to;
  }
}
