import path from 'node:path';
import type { RawAnswer } from '../raw-http.ts';
import type { FuzzRequest } from './wire.ts';

const root = path.resolve(import.meta.dirname, '../../../..');

/** Statuses in which no client is told anything of use, or that say that the server itself is at a loss. */
const NEVER = new Set([500, 502, 503, 504]);

/** Of this machine's inside: nothing of it belongs into an answer. */
const SECRETS = [root, 'root:x:0:0', 'node:internal', '    at ', '.ts:', '/dist/src/'];

/** What is wrong with an answer; undefined when nothing is. */
export function complaint(request: FuzzRequest, answer: RawAnswer | undefined): string | undefined {
  if (!answer) return request.kind === 'broken HTTP' ? undefined : 'closed without an answer';
  if (NEVER.has(answer.status)) return `status ${answer.status}`;
  if (answer.headers['x-injected'] !== undefined) return 'a header was injected';
  const type = answer.headers['content-type'] ?? '';
  if (/^image\//.test(type)) return imageComplaint(request, answer, type);
  if (request.kind === 'drawable') return `no image but ${answer.status} ${type}`;
  if (/javascript|font|css/.test(type)) return undefined;
  const text = answer.body.toString('utf8');
  const secret = SECRETS.find((part) => text.includes(part));
  if (secret !== undefined && !/text\/html/.test(type)) return `it tells of ${secret}`;
  if (request.kind === 'broken map' && answer.status >= 400) return exceptionComplaint(answer, text);
  return undefined;
}

function imageComplaint(
  { method }: FuzzRequest,
  { status, body }: RawAnswer,
  type: string,
): string | undefined {
  if (status === 304 || method === 'HEAD') return undefined;
  if (status !== 200) return `an image with status ${status}`;
  if (/svg|icon/.test(type)) return undefined;
  const known =
    body.toString('latin1', 1, 4) === 'PNG' ||
    body.readUInt16BE(0) === 0xffd8 ||
    body.toString('latin1', 8, 12) === 'WEBP';
  return known ? undefined : `${type} that is none`;
}

/** An OGC exception; before the services are reached, errors of HTTP itself. */
function exceptionComplaint({ status, headers }: RawAnswer, text: string): string | undefined {
  if (status === 414 || status === 431 || headers['content-type'] === undefined) return undefined;
  if (/<ServiceException[ >]|<ows:Exception /.test(text)) return undefined;
  return `${status} ${headers['content-type']} is no exception of the OGC: ${text.slice(0, 100)}`;
}
