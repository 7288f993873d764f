import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import type { Storage } from '../platform/storage.ts';
import { type ArtifactId, isArtifactId } from './manifest.ts';

/** Who has a use for an artifact, and until when (ms since the Unix epoch). */
export interface Ownership {
  readonly owner: string;
  readonly expiresAt: number;
}

/** Why this peer holds an artifact. */
export interface Holding {
  readonly id: ArtifactId;
  /** Bytes of its content. */
  readonly size: number;
  /** Until when each owner (a job's id) has a use for it, ms since the Unix epoch. */
  readonly owners: ReadonlyMap<string, number>;
  /** Other peers that should hold it beside one. */
  readonly copies: number;
  /** Peers that hold it, as far as this one knows. */
  readonly holders: readonly PeerId[];
}

/** Beyond so many, further owners are one: what everybody's job results in is kept until the last one expires. */
const MAX_OWNERS = 256;
const ALL_OTHERS = '*';
export const MAX_HOLDERS = 16;

export function expiryOf({ owners }: Holding): number {
  return Math.max(0, ...owners.values());
}

/** The holding with one more owner, or with more time for one it has. */
export function owned(holding: Holding, owner: string, expiresAt: number): Holding {
  const { owners } = holding;
  const name = owners.has(owner) || owners.size < MAX_OWNERS ? owner : ALL_OTHERS;
  return { ...holding, owners: new Map(owners).set(name, Math.max(owners.get(name) ?? 0, expiresAt)) };
}

export function disowned(holding: Holding, owner: string): Holding {
  const owners = new Map(holding.owners);
  owners.delete(owner);
  return { ...holding, owners };
}

const FOLDER = 'owners';

/** The holdings of this peer: all in memory, each in a small file. A file is what makes an artifact count as held. */
export class Holdings {
  readonly #storage: Storage;
  readonly #log: Log;
  readonly #all = new Map<ArtifactId, Holding>();

  constructor(storage: Storage, log: Log) {
    this.#storage = storage;
    this.#log = log;
  }

  async load(): Promise<void> {
    for await (const { name } of this.#storage.list()) {
      if (!name.startsWith(`${FOLDER}/`)) continue;
      const content = await this.#storage.read(name);
      const holding = content && readHolding(name.slice(FOLDER.length + 1), content);
      if (holding) this.#all.set(holding.id, holding);
      else this.#log.warn({ name }, 'the record of an artifact cannot be read');
    }
  }

  get size(): number {
    return this.#all.size;
  }

  get(id: ArtifactId): Holding | undefined {
    return this.#all.get(id);
  }

  values(): Iterable<Holding> {
    return this.#all.values();
  }

  /** On the disk when it resolves. */
  async set(holding: Holding): Promise<void> {
    await this.#storage.write(`${FOLDER}/${holding.id}`, encodeHolding(holding), { durable: true });
    this.#all.set(holding.id, holding);
  }

  async delete(id: ArtifactId): Promise<void> {
    this.#all.delete(id);
    await this.#storage.remove(`${FOLDER}/${id}`);
  }
}

function encodeHolding({ size, owners, copies, holders }: Holding): Uint8Array {
  return Buffer.from(JSON.stringify({ size, owners: [...owners], copies, holders }));
}

/** Undefined for what is no record. */
function readHolding(id: string, content: Uint8Array): Holding | undefined {
  if (!isArtifactId(id)) return undefined;
  try {
    const { size, owners, copies, holders } = JSON.parse(Buffer.from(content).toString()) as {
      size: number;
      owners: Array<[string, number]>;
      copies: number;
      holders: string[];
    };
    if (!Number.isSafeInteger(size) || !Number.isSafeInteger(copies) || !Array.isArray(holders))
      return undefined;
    return { id, size, owners: new Map(owners), copies, holders };
  } catch {
    return undefined;
  }
}
