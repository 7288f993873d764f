import type { ArtifactFile, ArtifactFiles } from '../src/artifacts/artifact-files.ts';
import { GismeshError } from '../src/core/errors.ts';
import { type Clock, sleep } from '../src/platform/clock.ts';
import type { SeededRandom } from './random.ts';

interface Content {
  bytes: Uint8Array;
  /** What the medium has, while that is something else. */
  synced: Uint8Array | undefined;
}

const ACCESS_MS = 0.1;
const SYNC_MS = 3;
const BYTES_PER_MS = 500_000;

/** What stays of a machine's artifact files when its processes die. */
export class SimulatedFileDisk {
  readonly random: SeededRandom;
  readonly files = new Map<string, Content>();
  capacityBytes: number;
  /** Somebody else has filled it: nothing more can be written. */
  full = false;

  constructor(random: SeededRandom, capacityBytes = 4e9) {
    this.random = random;
    this.capacityBytes = capacityBytes;
  }

  get freeBytes(): number {
    if (this.full) return 0;
    let used = 0;
    for (const { bytes } of this.files.values()) used += bytes.length;
    return this.capacityBytes - used;
  }

  /** The power fails: of what was not synced, each file keeps some beginning, or nothing. */
  losePower(): void {
    for (const content of this.files.values()) {
      if (content.synced === undefined) continue;
      const keeps = Math.floor(this.random.next() * (content.bytes.length + 1));
      content.bytes = this.random.chance(0.5) ? content.synced : content.bytes.slice(0, keeps);
      content.synced = undefined;
    }
  }

  /** Another disk, with nothing on it, is in its place. */
  wipe(): void {
    this.files.clear();
  }

  /** Bits flip on the medium. */
  damage(name: string, offset: number): void {
    const content = this.files.get(name) as Content;
    content.bytes = content.bytes.slice();
    content.bytes[offset] = (content.bytes[offset] as number) ^ 0x10;
  }
}

/** `ArtifactFiles` of one simulated process on its machine's disk. */
export class SimulatedArtifactFiles implements ArtifactFiles {
  readonly #disk: SimulatedFileDisk;
  readonly #clock: Clock;

  constructor(disk: SimulatedFileDisk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  async list() {
    await sleep(this.#clock, ACCESS_MS);
    return [...this.#disk.files].map(([name, { bytes }]) => ({ name, size: bytes.length }));
  }

  async open(name: string): Promise<ArtifactFile | undefined> {
    await sleep(this.#clock, ACCESS_MS);
    const content = this.#disk.files.get(name);
    return content && new SimulatedFile(this.#disk, this.#clock, content);
  }

  async create(name: string): Promise<ArtifactFile> {
    await sleep(this.#clock, ACCESS_MS);
    const content = { bytes: new Uint8Array(0), synced: undefined };
    this.#disk.files.set(name, content);
    return new SimulatedFile(this.#disk, this.#clock, content);
  }

  async move(from: string, to: string): Promise<void> {
    await sleep(this.#clock, this.#disk.random.exponential(SYNC_MS));
    const content = this.#disk.files.get(from);
    if (!content) throw new GismeshError('DATA_DIR_UNUSABLE', `${from} is not there`);
    this.#disk.files.delete(from);
    this.#disk.files.set(to, content);
  }

  async remove(name: string): Promise<void> {
    await sleep(this.#clock, ACCESS_MS);
    this.#disk.files.delete(name);
  }

  async freeBytes(): Promise<number> {
    await sleep(this.#clock, ACCESS_MS);
    return this.#disk.freeBytes;
  }
}

class SimulatedFile implements ArtifactFile {
  readonly #disk: SimulatedFileDisk;
  readonly #clock: Clock;
  readonly #content: Content;

  constructor(disk: SimulatedFileDisk, clock: Clock, content: Content) {
    this.#disk = disk;
    this.#clock = clock;
    this.#content = content;
  }

  async read(offset: number, length: number, room?: Uint8Array): Promise<Uint8Array> {
    await sleep(this.#clock, ACCESS_MS + length / BYTES_PER_MS);
    const bytes = this.#content.bytes.slice(offset, offset + length);
    room?.set(bytes);
    return room?.subarray(0, bytes.length) ?? bytes;
  }

  async write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    const added = Buffer.concat(pieces);
    await sleep(this.#clock, ACCESS_MS + added.length / BYTES_PER_MS);
    const before = this.#content.bytes;
    const grown = new Uint8Array(Math.max(before.length, offset + added.length));
    if (grown.length - before.length > this.#disk.freeBytes) {
      throw new GismeshError('STORE_FULL', 'the disk is full');
    }
    grown.set(before);
    grown.set(added, offset);
    this.#content.synced ??= before;
    this.#content.bytes = grown;
  }

  async sync(): Promise<void> {
    await sleep(this.#clock, this.#disk.random.exponential(SYNC_MS));
    this.#content.synced = undefined;
  }

  async close(): Promise<void> {}
}
