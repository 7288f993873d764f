import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Artifacts } from '../artifacts/artifacts.ts';
import type { Reservation } from '../artifacts/quota.ts';
import { smallContent, smallContentId } from '../artifacts/small-content.ts';
import { GismeshError } from '../core/errors.ts';
import { isSimple, type KeptOutput, type OpenOutput, type OutputStore } from '../jobs/outputs.ts';
import type { PeerId } from '../platform/network.ts';
import type { Content } from '../processes/process.ts';

/** Smaller inputs are handed over in memory. */
const INLINE_BYTES = 1024 * 1024;

/** Read from a file at a time: a chunk of an artifact. */
const PIECE_BYTES = 1024 * 1024;

/** A store whose owner gives it little takes a few jobs all the same. */
const JOBS_IN_SMALL_STORE = 8;

/** Outputs of jobs as artifacts of the mesh, owned by their job; a short literal is its own id. */
export class ArtifactOutputs implements OutputStore {
  readonly #artifacts: Artifacts;
  readonly #jobBytes: number;

  /** `jobBytes`: room for the outputs of one job, less in a small store. */
  constructor(artifacts: Artifacts, store: { readonly jobBytes: number; readonly quotaBytes: number }) {
    this.#artifacts = artifacts;
    this.#jobBytes = Math.min(store.jobBytes, Math.floor(store.quotaBytes / JOBS_IN_SMALL_STORE));
  }

  hasRoom(): boolean {
    return this.#artifacts.hasRoom(this.#jobBytes);
  }

  reserve(): Promise<Reservation> {
    return this.#artifacts.reserve(this.#jobBytes);
  }

  async keep(
    { content, mediaType }: Pick<KeptOutput, 'content' | 'mediaType'>,
    { job, copies, expiresAt, room, mayBeId, signal }: Parameters<OutputStore['keep']>[1],
  ) {
    if (mayBeId && isSimple({ mediaType }) && content.at === 'memory') {
      const artifact = smallContentId(content.bytes);
      if (artifact !== undefined) return { artifact, bytes: content.bytes.length, replicas: undefined };
    }
    const { id, size } = await this.#artifacts.write(sourceOf(content), {
      owner: job,
      expiresAt,
      ...(room && { reservation: room as Reservation }),
    });
    const replicas = await this.#artifacts.replicate(id, copies, { owner: job, ...(signal && { signal }) });
    return { artifact: id, bytes: size, replicas };
  }

  async open(artifact: string, peers: readonly PeerId[], signal: AbortSignal): Promise<OpenOutput> {
    const small = smallContent(artifact);
    if (small !== undefined)
      return { size: small.length, read: ({ from, to }) => one(small.subarray(from, to)) };
    return await this.#artifacts.open(artifact, peers, signal);
  }

  holds(artifact: string): boolean {
    return smallContent(artifact) !== undefined || this.#artifacts.store.has(artifact);
  }

  holders(artifact: string): Promise<readonly PeerId[]> {
    return this.#artifacts.holders(artifact);
  }

  jobsOf(artifact: string): readonly string[] {
    return [...(this.#artifacts.store.holding(artifact)?.owners.keys() ?? [])];
  }

  async read(
    artifact: string,
    options: { readonly peers: readonly PeerId[]; readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<Uint8Array> {
    const signal = options.signal ?? new AbortController().signal;
    const opened = await this.open(artifact, options.peers, signal);
    if (opened.size > options.maxBytes) {
      throw new GismeshError(
        'REQUEST_TOO_LARGE',
        `the output has ${opened.size} bytes: read it by its address`,
      );
    }
    return await gathered(opened.read({ from: 0, to: opened.size }, signal));
  }

  async stage(
    artifact: string,
    options: { readonly peers: readonly PeerId[]; readonly folder: string; readonly signal?: AbortSignal },
  ): Promise<Content> {
    const signal = options.signal ?? new AbortController().signal;
    const opened = await this.open(artifact, options.peers, signal);
    const pieces = opened.read({ from: 0, to: opened.size }, signal);
    if (opened.size <= INLINE_BYTES) {
      return { at: 'memory', bytes: await gathered(pieces) };
    }
    await mkdir(options.folder, { mode: 0o700, recursive: true });
    const file = path.join(options.folder, randomUUID());
    await writeFile(file, Readable.from(pieces), { signal });
    return { at: 'file', path: file };
  }
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return new Uint8Array(Buffer.concat(all));
}

function sourceOf(content: Content): AsyncIterable<Uint8Array> {
  return content.at === 'file'
    ? createReadStream(content.path, { highWaterMark: PIECE_BYTES })
    : one(content.bytes);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
