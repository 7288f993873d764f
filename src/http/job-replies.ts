import { randomBytes } from 'node:crypto';
import type { AcceptedJob } from '../jobs/acceptance.ts';
import type { JobOutput } from '../ogc/processes/job-view.ts';
import { type RawOutput, rawParts } from '../ogc/processes/raw-output.ts';
import type { WrittenDocument } from '../ogc/service.ts';
import { FOREIGN_CONTENT } from './content-reply.ts';
import type { Reply } from './reply.ts';

/** A document exactly as it was written: clients compare its content type as text. */
export function documentReply(
  { status, contentType, body }: WrittenDocument,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { 'content-type': contentType, 'cache-control': 'no-store', ...lowerCase(headers) },
    body,
  };
}

/** What is said of a job in headers: its id, and how many other peers hold it. */
export function acceptedHeaders({ record, copies }: AcceptedJob): Record<string, string> {
  return { 'x-gismesh-job': record.status.id, 'x-gismesh-copies': String(copies) };
}

/** One output as the whole answer; where it is kept apart, the address of it. */
export function rawReply(raw: RawOutput, headers: Readonly<Record<string, string>> = {}): Reply {
  if (raw.location !== '') {
    return {
      status: 303,
      headers: { 'cache-control': 'no-store', location: raw.location, ...headers },
      body: null,
    };
  }
  return {
    status: 200,
    headers: {
      'content-type': raw.contentType,
      'cache-control': 'no-store',
      'content-security-policy': FOREIGN_CONTENT,
      ...headers,
    },
    body: bytesOf(raw),
  };
}

/** Where an output is to be had, and as what. */
export interface OutputLink {
  readonly id: string;
  readonly href: string;
  readonly mediaType: string;
}

/** Nothing but where outputs are to be had (OGC 18-062r2 requirement 31); they are told apart by their titles. */
export function linksReply(
  links: readonly OutputLink[],
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const written = links.map(({ id, href, mediaType }) => {
    const type = /^[\w.+-]+\/[\w.+-]+/.exec(mediaType)?.[0];
    return `<${href}>; rel="${RESULTS}"; title*=UTF-8''${encodeURIComponent(id.toWellFormed())}${type ? `; type="${type}"` : ''}`;
  });
  const link = [...(headers.link === undefined ? [] : [headers.link]), ...written].join(', ');
  return { status: 204, headers: { 'cache-control': 'no-store', ...headers, link }, body: null };
}

const RESULTS = 'http://www.opengis.net/def/rel/ogc/1.0/results';

/** Several outputs in one answer (RFC 2387). */
export function multipartReply(
  outputs: readonly JobOutput[],
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const boundary = `gismesh-${randomBytes(18).toString('hex')}`;
  const parts = rawParts(outputs).flatMap((part) => [
    Buffer.from(`--${boundary}\r\n${part.headers}\r\n\r\n`),
    bytesOf(part),
    Buffer.from('\r\n'),
  ]);
  return {
    status: 200,
    headers: {
      'content-type': `multipart/related; boundary=${boundary}`,
      'cache-control': 'no-store',
      ...headers,
    },
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

function bytesOf({ body, base64 }: RawOutput): Uint8Array {
  return Buffer.from(body, base64 ? 'base64' : 'utf8');
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
