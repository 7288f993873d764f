import { errorCode, GismeshError } from '../core/errors.ts';
import { Turnstile } from '../core/turnstile.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import type { Ownership } from './holdings.ts';
import type { ArtifactId } from './manifest.ts';
import type { PartialArtifact } from './partial.ts';
import { Pull } from './pull.ts';
import { type Sources, type SourcesOptions, throwIfAborted } from './sources.ts';
import type { ArtifactStore } from './store.ts';

export interface FetcherOptions extends SourcesOptions {
  /** Peers that one artifact is fetched from at once. */
  readonly maxSources: number;
  readonly maxFetches: number;
  readonly maxWaitingFetches: number;
}

export interface FetcherParts {
  readonly log: Log;
  readonly store: ArtifactStore;
  readonly sources: Sources;
  readonly options: FetcherOptions;
}

export interface FetchOptions extends Ownership {
  /** Peers that are said to hold it. */
  readonly holders: readonly PeerId[];
  readonly signal: AbortSignal;
  readonly onProgress?: (haveBytes: number) => void;
}

/** A fetch that several wait for. */
interface Flight {
  readonly whole: Promise<void>;
  readonly stop: AbortController;
  readonly listeners: Set<(haveBytes: number) => void>;
  waiting: number;
}

/** Brings artifacts from other peers to this disk. */
export class Fetcher {
  readonly #log: Log;
  readonly #store: ArtifactStore;
  readonly #sources: Sources;
  readonly #options: FetcherOptions;
  readonly #turnstile: Turnstile;
  readonly #flights = new Map<ArtifactId, Flight>();

  constructor(parts: FetcherParts) {
    this.#log = parts.log;
    this.#store = parts.store;
    this.#sources = parts.sources;
    this.#options = parts.options;
    this.#turnstile = new Turnstile(parts.options.maxFetches, parts.options.maxWaitingFetches);
  }

  /**
   * Resolves when the artifact is on this disk in full. What was fetched stays when it fails, for the next time.
   * Errors: `ARTIFACT_UNKNOWN` when nobody has it, `STORE_FULL`, `BUSY`, `CANCELLED`, those of the last source.
   */
  async fetch(id: ArtifactId, options: FetchOptions): Promise<void> {
    const { owner, expiresAt, signal, onProgress } = options;
    while (!(await this.#store.retain(id, { owner, expiresAt }))) {
      const known = this.#flights.get(id);
      if (known?.stop.signal.aborted) {
        // The last who waited for it has just left: it ends, and begins anew.
        await unlessAborted(
          known.whole.catch(() => {}),
          signal,
        );
        continue;
      }
      const flight = known ?? this.#launch(id, options);
      flight.waiting += 1;
      if (onProgress) flight.listeners.add(onProgress);
      try {
        await unlessAborted(flight.whole, signal);
      } finally {
        flight.waiting -= 1;
        if (onProgress) flight.listeners.delete(onProgress);
        if (flight.waiting === 0) flight.stop.abort();
      }
    }
  }

  // --- inside ---

  #launch(id: ArtifactId, options: FetchOptions): Flight {
    const stop = new AbortController();
    const listeners = new Set<(haveBytes: number) => void>();
    const whole = this.#turnstile
      .pass(stop.signal, () => this.#bring(id, { ...options, signal: stop.signal }, listeners))
      .finally(() => this.#flights.delete(id));
    const flight = { whole, stop, listeners, waiting: 0 };
    whole.catch(() => {});
    this.#flights.set(id, flight);
    return flight;
  }

  async #bring(
    id: ArtifactId,
    { owner, expiresAt, holders, signal }: FetchOptions,
    listeners: ReadonlySet<(haveBytes: number) => void>,
  ): Promise<void> {
    let partial: PartialArtifact | undefined;
    try {
      for (let round = 0; ; ) {
        const before = partial?.haveBytes ?? 0;
        try {
          const located = await this.#sources.locate(id, holders, signal);
          partial ??= await this.#store.begin(located.manifest, { owner, expiresAt });
          const pull = new Pull(this.#sources, partial, (haveBytes) => {
            for (const listener of listeners) listener(haveBytes);
          });
          await pull.all(located.holders, this.#options.maxSources, signal);
          await partial.commit();
          return;
        } catch (error) {
          throwIfAborted(signal);
          round = (partial?.haveBytes ?? 0) > before ? 1 : round + 1;
          if (errorCode(error) === 'STORE_FULL' || round >= this.#options.maxRounds) throw error;
          this.#log.debug({ artifact: id, err: error }, 'an artifact is not here yet');
        }
        await this.#sources.pause(round, signal);
      }
    } finally {
      await partial?.leave();
    }
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfAborted(signal);
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new GismeshError('CANCELLED', 'The artifact is no longer needed'));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
