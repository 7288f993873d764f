import type { IncomingMessage } from 'node:http';
import { GismeshError } from '../core/errors.ts';
import type { RequestView } from './request-view.ts';

/** What bodies of all requests under way may take together; beyond it clients are told to come again. */
export class BodyRoom {
  readonly #maxBytes: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Throws `BUSY`. What was taken before is given back by `release`. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#maxBytes) {
      throw new GismeshError('BUSY', 'Too many large requests are being read: try again in a moment');
    }
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

/**
 * The request's body as text. Rejects `REQUEST_TOO_LARGE` before reading when its length is announced, else
 * after the first byte too many; `REQUEST_INVALID` for a compressed body or an unknown character set;
 * `CANCELLED` when it breaks off. `onBytes` hears of what is held, and may throw. `incoming`: the request as Node has
 * it, where it is at hand: a web stream around it would cost more than all the rest.
 */
export async function readBody(
  request: Pick<RequestView, 'headers' | 'body'>,
  maxBytes: number,
  onBytes: (bytes: number) => void = () => {},
  incoming?: IncomingMessage,
): Promise<string> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity') {
    throw new GismeshError('REQUEST_INVALID', 'The body is compressed: send it plain');
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    // Who is refused is still to be told so: the connection stays.
    const pieces =
      incoming?.iterator({ destroyOnReturn: false }) ?? request.body?.values({ preventCancel: true }) ?? [];
    for await (const piece of pieces as AsyncIterable<Uint8Array>) {
      length += piece.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      onBytes(piece.length);
      chunks.push(piece);
    }
  } catch (cause) {
    if (cause instanceof GismeshError) throw cause;
    throw new GismeshError('CANCELLED', 'The client went away before its request was whole', { cause });
  }
  return decode(Buffer.concat(chunks), request.headers.get('content-type') ?? '');
}

function decode(bytes: Uint8Array, contentType: string): string {
  const charset =
    charsetOfMark(bytes) ??
    /;\s*charset="?([\w:.-]{1,40})"?/i.exec(contentType)?.[1] ??
    charsetOfXml(bytes) ??
    'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch (cause) {
    throw new GismeshError('REQUEST_INVALID', `The body's character set ${charset} is unknown: send UTF-8`, {
      cause,
    });
  }
}

/** A byte order mark stands above whatever is said of the character set (RFC 7303 section 3). */
function charsetOfMark([first, second]: Uint8Array): string | undefined {
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}

/** Bytes at the beginning among which an XML declaration names its encoding. */
const DECLARATION_BYTES = 200;

/** What an XML declaration says (XML 1.0 appendix F); that it is UTF-16 is wrong where it can be read as it is. */
function charsetOfXml(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString('latin1');
  if (head.startsWith('<\0?\0')) return 'utf-16le';
  if (head.startsWith('\0<\0?')) return 'utf-16be';
  const encoding = /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([\w:.-]{1,40})["']/.exec(head)?.[1];
  return encoding !== undefined && /^(?:utf-?16|ucs-?[24]|iso-10646-ucs)/i.test(encoding)
    ? undefined
    : encoding;
}

function tooLarge(maxBytes: number): GismeshError {
  return new GismeshError('REQUEST_TOO_LARGE', `The request's body is larger than ${maxBytes} bytes`);
}
