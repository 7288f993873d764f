import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ifNoneMatch } from './conditional.ts';
import type { Reply } from './reply.ts';

const compress = promisify(gzip);
const COMPRESSIBLE =
  /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:xml|json|javascript)\b|application\/(?:vnd\.ogc\.|geo)|image\/svg)/;

/** Headers that a 304 has no use for: they describe the body it does not carry (RFC 9110 section 15.4.5). */
const BODY_HEADERS = ['content-type', 'content-length', 'content-disposition'];

/** Turns a reply into what this client gets: 304, compressed, or without a body for HEAD. */
export function respond(request: Request, reply: Reply, gzipMinBytes: number): Response | Promise<Response> {
  const { status, headers, body } = reply;
  const compressible = COMPRESSIBLE.test(headers['content-type'] ?? '');
  if (compressible) headers.vary = headers.vary ? `Accept-Encoding, ${headers.vary}` : 'Accept-Encoding';
  if (status === 200 && headers.etag !== undefined && request.method !== 'POST') {
    const condition = request.headers.get('if-none-match');
    if (condition !== null && ifNoneMatch(condition, headers.etag)) return notModified(headers);
  }
  if (body === null || body instanceof ReadableStream) return new Response(body, { status, headers });
  const content = typeof body === 'string' ? Buffer.from(body) : body;
  const asked =
    compressible && content.length >= gzipMinBytes && acceptsGzip(request.headers.get('accept-encoding'));
  return asked ? withGzip(request, reply, content) : withBody(request, reply, content);
}

function notModified(headers: Record<string, string>): Response {
  for (const name of BODY_HEADERS) delete headers[name];
  return new Response(null, { status: 304, headers });
}

async function withGzip(request: Request, reply: Reply, content: Uint8Array): Promise<Response> {
  reply.headers['content-encoding'] = 'gzip';
  return withBody(request, reply, reply.gzipped ?? (await compress(content)));
}

function withBody(request: Request, { status, headers }: Reply, content: Uint8Array): Response {
  headers['content-length'] = String(content.length);
  // A Uint8Array of ours is always over an ArrayBuffer; the type of Response asks for that.
  const body = request.method === 'HEAD' ? null : (content as Uint8Array<ArrayBuffer>);
  return new Response(body, { status, headers });
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
