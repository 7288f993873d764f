import type { IncomingMessage } from 'node:http';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { quote } from '../ogc/processes/problem.ts';

/** The body of an answer in memory. Rejects for more than `maxBytes`, decoded. */
export async function bytesOf(
  answer: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const collect = new Writable({
    write(chunk: Uint8Array, _encoding, callback) {
      chunks.push(chunk);
      callback();
    },
  });
  await pipeline([answer, ...decoders(answer), atMost(maxBytes), collect], { signal });
  return Buffer.concat(chunks);
}

/** The same as text, in the characters that the answer says; UTF-8 where it does not. */
export async function textOf(
  answer: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const bytes = await bytesOf(answer, maxBytes, signal);
  return new TextDecoder(charsetOf(answer.headers['content-type'] ?? '')).decode(bytes);
}

function charsetOf(contentType: string): string {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).encoding;
  } catch {
    return 'utf-8';
  }
}

/** Servers use one; each takes some 50 kB of memory, and a header has room for thousands. */
const MAX_ENCODINGS = 2;

/**
 * What turns the body of an answer into the data meant: servers that keep files compressed send them so, unasked.
 * Throws for an encoding that is not known, and for more than two of them.
 */
export function decoders(answer: IncomingMessage): Transform[] {
  const encodings = (answer.headers['content-encoding'] ?? '').toLowerCase().split(',');
  if (encodings.length > MAX_ENCODINGS) {
    answer.destroy();
    throw new Error(`it is compressed ${encodings.length} times over`);
  }
  return encodings.reverse().flatMap((encoding) => {
    switch (encoding.trim()) {
      case '':
      case 'identity':
        return [];
      case 'gzip':
      case 'x-gzip':
        return [createGunzip()];
      case 'deflate':
        return [createInflate()];
      case 'br':
        return [createBrotliDecompress()];
      default:
        answer.destroy();
        throw new Error(`it is sent as ${quote(encoding.trim())}, which is not understood`);
    }
  });
}

/** Lets `bytes` through, and fails with what follows them. */
export function atMost(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, callback) {
      seen += chunk.length;
      if (seen > bytes) callback(new Error(`it is larger than ${bytes} bytes`));
      else callback(null, chunk);
    },
  });
}
