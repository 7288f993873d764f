import type { CacheOutcome } from '../maps/map-service.ts';

/** An answer before the transport's part: conditions, compression, HEAD. Header names are lower case. */
export interface Reply {
  readonly status: number;
  /** Owned by the reply: the front door adds to it. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string | ReadableStream<Uint8Array> | null;
  /** The body compressed beforehand, for files that are sent often. */
  readonly gzipped?: Uint8Array;
  /** For the metrics. */
  readonly cache?: CacheOutcome;
  /** Whether the same request would still get this answer; without it nobody can say. */
  readonly stands?: () => boolean;
}

const JSON_TYPE = 'application/json; charset=utf-8';

export function jsonReply(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': JSON_TYPE, 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(value),
  };
}

/** An error outside the map services, as `{ code, message }`. */
export function errorReply(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  return jsonReply(status, { code, message }, headers);
}

export function textReply(status: number, text: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: text,
  };
}
