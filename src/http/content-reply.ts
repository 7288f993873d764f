import type { ByteRange } from '../artifacts/manifest.ts';
import { parseRange } from './byte-range.ts';
import type { Call } from './call.ts';
import { ifMatch, ifNoneMatch } from './conditional.ts';
import { errorReply, type Reply } from './reply.ts';

/** Content of any size that is read while it is sent. */
export interface OpenContent {
  readonly size: number;
  read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

/** What a client is told of content besides its bytes. */
export interface ContentDescription {
  /** Without quotes. */
  readonly tag: string;
  readonly mediaType: string;
  readonly fileName: string;
  readonly cacheControl: string;
  /** Of the answer besides those of content. */
  readonly headers?: Readonly<Record<string, string>>;
}

const OCTETS = 'application/octet-stream';

/** What outputs say is data of strangers: as HTML it gets no scripts and no origin of its own. */
export const FOREIGN_CONTENT = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Shown by browsers without running anything in it; all else is saved. */
const SHOWN =
  /^(?:text\/(?:plain|csv|xml)|image\/(?:png|jpeg|webp|gif)|application\/(?:json|geo\+json|gml\+xml|xml))\b/;

/**
 * Content as it is, whole or a range of it, sent while it is fetched. What breaks off on the way ends the connection:
 * the length says that something is missing. A client can then go on with a range.
 */
export async function contentReply(
  call: Call,
  { tag, mediaType, fileName, cacheControl, headers: others }: ContentDescription,
  open: () => Promise<OpenContent>,
): Promise<Reply> {
  const etag = `"${tag}"`;
  const headers: Record<string, string> = { ...others, etag, 'cache-control': cacheControl };
  // Conditions and ranges are for reading (RFC 9110 section 14.2), not for the answer to a request that does something.
  const isRead = call.method !== 'POST';
  const expected = isRead ? call.header('if-match') : null;
  if (expected !== null && !ifMatch(expected, etag)) {
    return errorReply(412, 'REQUEST_INVALID', 'The content is not what If-Match names', { etag });
  }
  const condition = isRead ? call.header('if-none-match') : null;
  if (condition !== null && ifNoneMatch(condition, etag)) return { status: 304, headers, body: null };
  const content = await open();
  const { size } = content;
  const type = isHeaderValue(mediaType) ? mediaType : OCTETS;
  Object.assign(headers, {
    'content-type': type,
    'content-disposition': disposition(SHOWN.test(type) ? 'inline' : 'attachment', fileName),
    // Whatever a process wrote: nothing in it runs with the rights of this page.
    'content-security-policy': FOREIGN_CONTENT,
    'accept-ranges': 'bytes',
  });
  const isPart = call.method === 'GET' && appliesTo(call.header('if-range'), etag);
  const range = isPart ? parseRange(call.header('range'), size) : undefined;
  if (range === 'unsatisfiable') {
    return errorReply(416, 'REQUEST_INVALID', `The content has ${size} bytes`, {
      'content-range': `bytes */${size}`,
      'accept-ranges': 'bytes',
    });
  }
  const { from, to } = range ?? { from: 0, to: size };
  headers['content-length'] = String(to - from);
  if (range) headers['content-range'] = `bytes ${from}-${to - 1}/${size}`;
  const isHead = call.method === 'HEAD';
  return {
    status: range ? 206 : 200,
    headers,
    body: isHead || to === from ? null : streamOf((signal) => content.read({ from, to }, signal), call),
  };
}

/** A stream that fetches when it is read, and ends what is under way when its reader leaves. */
function streamOf(
  read: (signal: AbortSignal) => AsyncGenerator<Uint8Array>,
  call: Call,
): ReadableStream<Uint8Array> {
  const left = new AbortController();
  const pieces = read(AbortSignal.any([call.signal, left.signal]));
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          controller.error(error);
          call.disconnect();
        }
      },
      async cancel() {
        left.abort();
        await pieces.return(undefined).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/** `If-Range` (RFC 9110 section 13.1.5): a strong comparison; dates are not offered and never match. */
function appliesTo(ifRange: string | null, etag: string): boolean {
  return ifRange === null || ifRange.trim() === etag;
}

function isHeaderValue(text: string): boolean {
  return /^[\w.+-]+\/[\w.+-]+(?:\s*;\s*[\w-]+=(?:[\w.+:/-]+|"[\x20-\x21\x23-\x7e]*"))*$/.test(text);
}

/** RFC 6266, with the name in ASCII for old clients and in UTF-8 (RFC 8187) for all others. */
function disposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
