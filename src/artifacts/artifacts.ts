import { errorCode, GismeshError } from '../core/errors.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { ArtifactReader } from './artifact-reader.ts';
import { Fetcher, type FetcherOptions } from './fetcher.ts';
import type { Ownership } from './holdings.ts';
import { Keeper, type KeeperOptions, type ReplicateOptions } from './keeper.ts';
import { type ArtifactId, type ByteRange, chunkRanges, type Manifest } from './manifest.ts';
import { Mender } from './mender.ts';
import type { Reservation } from './quota.ts';
import { streamRange } from './range-stream.ts';
import { Reach, type ReachOptions } from './reach.ts';
import { Scrubber, type ScrubberOptions, type ScrubCounts } from './scrubber.ts';
import { Sources } from './sources.ts';
import type { ArtifactStore, StoreUsage, WriteOptions } from './store.ts';
import { TransferServer, type TransferServerOptions } from './transfer-server.ts';

/** The shape of `config/artifacts.ts`, without the store's part. */
export interface ArtifactsOptions {
  /** Other peers that hold an artifact beside one. */
  readonly copies: number;
  readonly transfer: FetcherOptions &
    Omit<TransferServerOptions, 'progressMs'> &
    Omit<ReachOptions, 'askPeers'>;
  readonly keeping: KeeperOptions & {
    readonly progressMs: number;
    readonly sweepMs: number;
    readonly askPeers: number;
  };
  readonly scrubbing: ScrubberOptions;
}

export interface ArtifactsParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Opened and closed by its owner. */
  readonly store: ArtifactStore;
  /** Living members that take part in jobs, without this peer. */
  readonly members: () => readonly PeerId[];
  readonly ensureConnected: (peer: PeerId) => Promise<void>;
  /** Nobody needs the machine: what is held may be looked through. Absent: it never is. */
  readonly isIdle?: (() => boolean) | undefined;
  readonly options: ArtifactsOptions;
}

/** An artifact that can be read, wherever it is. */
export interface OpenArtifact {
  readonly id: ArtifactId;
  readonly size: number;
  /** Whether it is on this disk. */
  readonly isLocal: boolean;
  /** Compared with its hash before it is given out; the reader holds back whoever gives it. */
  read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

export interface ArtifactCounts extends StoreUsage, ScrubCounts {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Chunks that other peers gave with the wrong content. */
  readonly badChunks: number;
  /** Streams of other peers being served. */
  readonly serving: number;
}

const NO_HINTS: readonly PeerId[] = [];

/** The artifacts of the mesh, as one peer deals with them. */
export class Artifacts {
  readonly store: ArtifactStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: ArtifactsOptions;
  readonly #reach: Reach;
  readonly #sources: Sources;
  readonly #fetcher: Fetcher;
  readonly #keeper: Keeper;
  readonly #mender: Mender;
  readonly #server: TransferServer;
  readonly #scrubber: Scrubber;
  readonly #stopped = new AbortController();
  #sweeper: Timer | undefined;

  constructor(parts: ArtifactsParts) {
    const { network, clock, random, log, store, options } = parts;
    const { transfer, keeping } = options;
    this.store = store;
    this.#clock = clock;
    this.#log = log;
    this.#options = options;
    this.#reach = new Reach({ ...parts, options: { ...transfer, askPeers: keeping.askPeers } });
    this.#sources = new Sources({ clock, random, log, reach: this.#reach, options: transfer });
    this.#fetcher = new Fetcher({ log, store, sources: this.#sources, options: transfer });
    const fetcher = this.#fetcher;
    this.#keeper = new Keeper({
      network,
      clock,
      random,
      log,
      store,
      reach: this.#reach,
      fetcher,
      options: keeping,
    });
    const signal = this.#stopped.signal;
    this.#mender = new Mender({ log, store, reach: this.#reach, sources: this.#sources, signal });
    this.#server = new TransferServer({
      network,
      clock,
      log,
      store,
      keep: (record, from, rest) => this.#keeper.keep(record, from, rest),
      onDamage: (id, index) => void this.#mender.chunk(id, index).catch(() => {}),
      options: { ...transfer, progressMs: keeping.progressMs },
    });
    this.#scrubber = new Scrubber({
      clock,
      random,
      log,
      store,
      isIdle: parts.isIdle ?? (() => false),
      mender: this.#mender,
      options: parts.isIdle ? options.scrubbing : { ...options.scrubbing, bytesPerSecond: 0 },
    });
  }

  start(): void {
    this.#keeper.start();
    this.#scrubber.start();
    this.#scheduleSweep();
  }

  stop(): void {
    this.#stopped.abort();
    this.#keeper.stop();
    this.#scrubber.stop();
    this.#sweeper?.cancel();
  }

  counts(): ArtifactCounts {
    const { receivedBytes, badChunks } = this.#sources;
    const { sentBytes, serving } = this.#server;
    const { counts } = this.#scrubber;
    return { ...this.store.usage(), ...counts, receivedBytes, badChunks, sentBytes, serving };
  }

  /** Whether a reservation would succeed, as far as is known without asking the disk. */
  hasRoom(bytes: number): boolean {
    return this.store.hasRoom(bytes);
  }

  /** Room on this disk for the outputs of work that is about to begin. `STORE_FULL` when there is none. */
  reserve(bytes: number): Promise<Reservation> {
    return this.store.reserve(bytes);
  }

  /** Keeps the content of a stream on this disk. */
  write(source: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<Manifest> {
    return this.store.write(source, options);
  }

  /**
   * Has other peers hold it as well, for this owner where one is named, and keeps it so; those that do, which may be
   * fewer in a small mesh.
   */
  replicate(
    id: ArtifactId,
    copies = this.#options.copies,
    options: ReplicateOptions = {},
  ): Promise<PeerId[]> {
    return this.#keeper.replicate(id, copies, options);
  }

  /** Brings it to this disk in full. `holders` are peers that are said to have it; others are looked for. */
  fetch(
    id: ArtifactId,
    options: Ownership & { readonly holders?: readonly PeerId[]; readonly signal?: AbortSignal },
  ): Promise<void> {
    const { owner, expiresAt, holders = NO_HINTS, signal = this.#stopped.signal } = options;
    return this.#fetcher.fetch(id, { owner, expiresAt, holders, signal: this.#either(signal) });
  }

  /** Peers that say that they hold it, this one included. */
  async holders(id: ArtifactId, hints: readonly PeerId[] = NO_HINTS): Promise<PeerId[]> {
    const holding = this.store.holding(id);
    const others = await this.#reach.holders(id, [...hints, ...(holding?.holders ?? [])]);
    return holding ? [this.#reach.self, ...others] : others;
  }

  /** `ARTIFACT_UNKNOWN` when neither this peer nor one that can be reached holds it. */
  async open(
    id: ArtifactId,
    hints: readonly PeerId[] = NO_HINTS,
    signal = this.#stopped.signal,
  ): Promise<OpenArtifact> {
    if (await this.#isReadable(id)) {
      const { size } = await this.#mender.manifest(id);
      return {
        id,
        size,
        isLocal: true,
        read: (range, until) => this.#readHere(id, range, this.#either(until)),
      };
    }
    const { manifest, holders } = await this.#sources.locate(id, hints, this.#either(signal));
    return {
      id,
      size: manifest.size,
      isLocal: false,
      read: (range, until) => streamRange(this.#sources, manifest, range, holders, this.#either(until)),
    };
  }

  /** An owner needs it until then. False when it is not on this disk. */
  retain(id: ArtifactId, ownership: Ownership): Promise<boolean> {
    return this.store.retain(id, ownership);
  }

  /** An owner, such as a job that was dismissed or has expired, needs nothing of what is here any more. */
  releaseOwner(owner: string): Promise<ArtifactId[]> {
    return this.store.releaseOwner(owner);
  }

  /** The membership says that a peer is dead or has left. */
  peerGone(peer: PeerId): void {
    this.#keeper.peerGone(peer);
  }

  // --- inside ---

  /** Held here, and its content not gone from the disk behind the store's back. */
  async #isReadable(id: ArtifactId): Promise<boolean> {
    return this.store.has(id) && (await this.store.isThere(id));
  }

  async *#readHere(id: ArtifactId, range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader = await this.store.read(id);
    try {
      for (const { index, from, to } of chunkRanges(reader.manifest, range)) {
        if (signal.aborted) throw new GismeshError('CANCELLED', 'The artifact is no longer needed');
        yield* await this.#chunk(reader, index, { from, to });
      }
    } finally {
      await reader.close();
    }
  }

  async #chunk(reader: ArtifactReader, index: number, { from, to }: ByteRange): Promise<Uint8Array[]> {
    try {
      return [(await reader.chunk(index)).subarray(from, to)];
    } catch (error) {
      if (errorCode(error) !== 'ARTIFACT_DAMAGED') throw error;
      const pieces = await this.#mender.chunk(reader.manifest.id, index);
      return [Buffer.concat(pieces).subarray(from, to)];
    }
  }

  #either(signal: AbortSignal): AbortSignal {
    return signal === this.#stopped.signal ? signal : AbortSignal.any([signal, this.#stopped.signal]);
  }

  #scheduleSweep(): void {
    this.#sweeper = this.#clock.after(this.#options.keeping.sweepMs, () => {
      this.#scheduleSweep();
      this.store
        .sweep()
        .catch((error) => this.#log.warn({ err: error }, 'expired artifacts could not be removed'));
    });
  }
}
