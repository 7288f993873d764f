import type { IncomingMessage, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { isLoopbackAddress } from './loopback.ts';
import type { HttpMetrics } from './metrics.ts';
import type { Reply } from './reply.ts';

/** A reply as it went to the wire, for whoever asks in the same way. */
interface Standing {
  readonly route: string;
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  readonly stands: () => boolean;
}

/** All headers that decide what an answer with a premise is like: where it is sent to, in which form, to whose page. */
const DECIDING = [
  'host',
  'accept',
  'accept-encoding',
  'origin',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'forwarded',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
] as const;

/** Longer requests are rare, and not worth their memory. */
const MAX_KEY_LENGTH = 4096;

/** Answers larger than this share of all are rare, and would drive the others out. */
const LARGEST_SHARE = 1 / 16;

/** What an entry costs beside its texts, about. */
const ENTRY_BYTES = 500;

/**
 * Answers that are the same until something changes, told again before any route is looked for: clients that wait for
 * a job ask the same again and again.
 */
export class StandingReplies {
  readonly #replies: LRUCache<string, Standing>;
  readonly #clock: Clock;
  readonly #metrics: HttpMetrics;

  /** `maxBytes`: of all answers together. */
  constructor(parts: { maxBytes: number; clock: Clock; metrics: HttpMetrics }) {
    const { maxBytes, clock, metrics } = parts;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#replies = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.ceil(maxBytes * LARGEST_SHARE),
      sizeCalculation: ({ headers, body }, key) =>
        ENTRY_BYTES + key.length + headers.reduce((sum, { length }) => sum + length, 0) + body.length,
    });
  }

  /** Answers a request that was answered before, where that answer still stands; false where it does not. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    // Where only maps are asked for nothing is ever kept, and the making of keys would be felt.
    if (this.#replies.size === 0) return false;
    const startedMs = this.#clock.now();
    const key = keyOf(request);
    const standing = key === undefined ? undefined : this.#replies.get(key);
    if (key === undefined || standing === undefined) return false;
    if (!standing.stands()) {
      this.#replies.delete(key);
      return false;
    }
    const { route, status, headers, body } = standing;
    response.writeHead(status, headers as string[]);
    response.end(body);
    this.#metrics.observe(route, status, undefined, this.#clock.now() - startedMs);
    return true;
  }

  /** Keeps what a request was answered for as long as its premise holds. */
  keep(request: IncomingMessage, route: string, { status, headers, body, stands }: Reply): void {
    const key = keyOf(request);
    if (key === undefined || stands === undefined || !(body instanceof Uint8Array)) return;
    const flat = Object.entries(headers).flat();
    this.#replies.set(key, { route, status, headers: flat, body: Buffer.from(body), stands });
  }
}

/** The same for requests that get the same answer; undefined for those whose answer is not kept. */
function keyOf({ method, url, headers, socket }: IncomingMessage): string | undefined {
  if (method !== 'GET') return undefined;
  let key = url ?? '';
  for (const name of DECIDING) key += `\n${headers[name] ?? ''}`;
  if (key.length > MAX_KEY_LENGTH) return undefined;
  // Whom forwarding headers are believed of.
  return isLoopbackAddress(socket.remoteAddress) ? key : `${key}\n`;
}
