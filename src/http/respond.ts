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
  if (status === 200 && headers.etag !== undefined) {
    const condition = request.headers.get('if-none-match');
    if (condition !== null && ifNoneMatch(condition, headers.etag)) return notModified(headers);
  }
  if (body === null || body instanceof ReadableStream) return new Response(body, { status, headers });
  if (COMPRESSIBLE.test(headers['content-type'] ?? ''))
    return respondText(request, reply, body, gzipMinBytes);
  return withBody(request, status, headers, body);
}

function notModified(headers: Record<string, string>): Response {
  for (const name of BODY_HEADERS) delete headers[name];
  return new Response(null, { status: 304, headers });
}

async function respondText(
  request: Request,
  reply: Reply,
  content: Uint8Array | string,
  gzipMinBytes: number,
): Promise<Response> {
  const { status, headers } = reply;
  const body = Buffer.from(content as string);
  headers.vary = headers.vary === undefined ? 'Accept-Encoding' : `Accept-Encoding, ${headers.vary}`;
  if (body.length < gzipMinBytes || !acceptsGzip(request.headers.get('accept-encoding'))) {
    return withBody(request, status, headers, body);
  }
  headers['content-encoding'] = 'gzip';
  return withBody(request, status, headers, reply.gzipped ?? (await compress(body)));
}

function withBody(
  request: Request,
  status: number,
  headers: Record<string, string>,
  body: Uint8Array | string,
): Response {
  headers['content-length'] = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length);
  // A Buffer or Uint8Array of ours is always over an ArrayBuffer; the DOM's type asks for that.
  const content = request.method === 'HEAD' ? null : (body as Uint8Array<ArrayBuffer> | string);
  return new Response(content, { status, headers });
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
