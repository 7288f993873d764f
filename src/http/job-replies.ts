import { randomBytes } from 'node:crypto';
import type { AcceptedJob } from '../jobs/job-service.ts';
import type { JobOutput } from '../ogc/processes/job-view.ts';
import { type RawOutput, rawOutput, rawParts } from '../ogc/processes/raw-output.ts';
import type { WrittenDocument } from '../ogc/service.ts';
import type { Reply } from './reply.ts';

/** What outputs say is data of strangers: as HTML it gets no scripts and no origin of its own. */
export const FOREIGN_CONTENT = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

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
export function rawReply(output: JobOutput, headers: Readonly<Record<string, string>> = {}): Reply {
  const raw = rawOutput(output.value);
  if (raw.location !== '') {
    const about = { link: `<${raw.location}>; rel="http://www.opengis.net/def/rel/ogc/1.0/results"` };
    return { status: 303, headers: { location: raw.location, ...about, ...headers }, body: null };
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
