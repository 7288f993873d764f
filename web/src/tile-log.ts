export type CacheOutcome = 'hit' | 'miss' | 'joined';

/** What the headers of a tile tell of its making. */
export interface TileOrigin {
  readonly peerId: string;
  readonly peerName: string;
  readonly cache: CacheOutcome | undefined;
  /** Why this peer drew it. */
  readonly reason: string;
  /** Milliseconds in the worker, when it was drawn for this request. */
  readonly renderMs: number | undefined;
}

export interface Share {
  readonly peerId: string;
  readonly peerName: string;
  readonly tiles: number;
}

/** Render times that the median is taken of. */
const RECENT_RENDERS = 50;

/** Who drew how many of the tiles that this page loaded, and how they were come by. */
export class TileLog {
  readonly #shares = new Map<string, { peerName: string; tiles: number }>();
  readonly #outcomes = { hit: 0, miss: 0, joined: 0 };
  readonly #renders: number[] = [];

  add({ peerId, peerName, cache, renderMs }: TileOrigin): void {
    const tiles = (this.#shares.get(peerId)?.tiles ?? 0) + 1;
    this.#shares.set(peerId, { peerName, tiles });
    if (cache) this.#outcomes[cache]++;
    if (cache === 'miss' && renderMs !== undefined) {
      this.#renders.push(renderMs);
      if (this.#renders.length > RECENT_RENDERS) this.#renders.shift();
    }
  }

  /** Most tiles first. */
  shares(): Share[] {
    return [...this.#shares]
      .map(([peerId, share]) => ({ peerId, ...share }))
      .sort((a, b) => b.tiles - a.tiles || a.peerName.localeCompare(b.peerName));
  }

  get outcomes(): Readonly<Record<CacheOutcome, number>> {
    return this.#outcomes;
  }

  /** Milliseconds; undefined before anything was drawn. */
  get medianRenderMs(): number | undefined {
    const sorted = [...this.#renders].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }

  get lastRenderMs(): number | undefined {
    return this.#renders.at(-1);
  }
}

/** Reads the headers of a map answer; undefined when they come from something else than gismesh. */
export function originOf(headers: Headers): TileOrigin | undefined {
  const peerId = headers.get('x-gismesh-peer');
  if (!peerId) return undefined;
  const cache = headers.get('x-gismesh-cache');
  return {
    peerId,
    peerName: decodeText(headers.get('x-gismesh-peer-name') ?? '') || peerId.slice(-8),
    cache: cache === 'hit' || cache === 'miss' || cache === 'joined' ? cache : undefined,
    reason: decodeText(headers.get('x-gismesh-reason') ?? ''),
    renderMs: serverTiming(headers.get('server-timing') ?? '', 'render'),
  };
}

/** What is not printable ASCII comes percent-encoded. */
function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The duration of one metric of a Server-Timing header (W3C Server Timing, section 3). */
function serverTiming(header: string, name: string): number | undefined {
  for (const metric of header.split(',')) {
    const [metricName, ...parameters] = metric.split(';').map((part) => part.trim());
    const duration = parameters.find((parameter) => parameter.startsWith('dur='));
    if (metricName === name && duration) return Number(duration.slice('dur='.length));
  }
  return undefined;
}
