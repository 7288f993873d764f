import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ifNoneMatch } from './conditional.ts';
import type { Reply } from './reply.ts';
import type { RequestView } from './request-view.ts';

const compress = promisify(gzip);
const COMPRESSIBLE =
  /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:xml|json|javascript)\b|application\/(?:vnd\.ogc\.|geo)|image\/svg)/;

/** Headers that a 304 has no use for: they describe the body it does not carry (RFC 9110 section 15.4.5). */
const BODY_HEADERS = ['content-type', 'content-length', 'content-disposition'];

type AskedFor = Pick<RequestView, 'method' | 'headers'>;

/** What this client gets of a reply: 304, compressed, or without a body for HEAD. */
export function finished(request: AskedFor, reply: Reply, gzipMinBytes: number): Reply | Promise<Reply> {
  const { status, headers, body } = reply;
  const compressible = COMPRESSIBLE.test(headers['content-type'] ?? '');
  if (compressible) headers.vary = headers.vary ? `Accept-Encoding, ${headers.vary}` : 'Accept-Encoding';
  if (status === 200 && headers.etag !== undefined && request.method !== 'POST') {
    const condition = request.headers.get('if-none-match');
    if (condition !== null && ifNoneMatch(condition, headers.etag)) return notModified(reply);
  }
  if (body === null || body instanceof ReadableStream) return reply;
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  const asked =
    compressible && content.length >= gzipMinBytes && acceptsGzip(request.headers.get('accept-encoding'));
  return asked ? withGzip(request, reply, content) : withBody(request, reply, content);
}

/** The answer as Fetch has it. */
export function responseOf({ status, headers, body }: Reply): Response {
  // A Uint8Array of ours is always over an ArrayBuffer; the type of Response asks for that.
  return new Response(body as Exclude<typeof body, Uint8Array> | Uint8Array<ArrayBuffer>, {
    status,
    headers,
  });
}

/** Sends an answer that is not a stream. */
export function sendWhole(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers);
  response.end(body as Exclude<typeof body, ReadableStream>);
}

function notModified(reply: Reply): Reply {
  for (const name of BODY_HEADERS) delete reply.headers[name];
  return { ...reply, status: 304, body: null };
}

async function withGzip(request: AskedFor, reply: Reply, content: Uint8Array): Promise<Reply> {
  reply.headers['content-encoding'] = 'gzip';
  return withBody(request, reply, reply.gzipped ?? (await compress(content)));
}

function withBody(request: AskedFor, reply: Reply, content: Uint8Array): Reply {
  reply.headers['content-length'] = String(content.length);
  return { ...reply, body: request.method === 'HEAD' ? null : content };
}

/** RFC 9110 section 12.5.3: the member `gzip`, else `*`, with a weight above zero. */
function acceptsGzip(header: string | null): boolean {
  if (header === null) return false;
  let any = false;
  for (const member of header.toLowerCase().split(',')) {
    const [coding, ...parameters] = member.split(';').map((part) => part.trim());
    const refused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    if (coding === 'gzip' || coding === 'x-gzip') return !refused;
    if (coding === '*') any = !refused;
  }
  return any;
}
