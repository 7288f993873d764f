import { XMLValidator } from 'fast-xml-parser';
import type { RawAnswer } from '../raw-http.ts';
import type { JobRequest } from './job-bodies.ts';

/** Answers that say what the matter is: all but those in which the peer is at a loss, or a job failed that should not. */
const NEVER = new Set([500, 502, 504]);

/** What is wrong with the answer of a door; undefined when nothing is. */
export function jobComplaint(
  { kind, method, bytes }: JobRequest,
  answer: RawAnswer | undefined,
): string | undefined {
  if (!answer) return 'closed without an answer';
  const { status, headers, body } = answer;
  if (NEVER.has(status)) return `status ${status}: ${body.toString('utf8', 0, 300)}`;
  const type = headers['content-type'] ?? '';
  if (method === 'HEAD' || body.length === 0) return undefined;
  // Refused before any door, or led away from all of them.
  if (status === 414 || /\/(?:\.\.|\/)/.test(bytes.toString('latin1', 0, 200))) return undefined;
  const text = body.toString('utf8');
  if (/^text\/xml(?:$|; charset)/.test(type)) {
    const found = XMLValidator.validate(text);
    if (found !== true) return `XML that is none: ${found.err.msg}`;
    if (status >= 400 && !text.includes('<ows:ExceptionText>')) return `${status} without an exception`;
    return undefined;
  }
  if (/^application\/(?:problem\+)?json$/.test(type) && status >= 400) {
    const { status: told, type: about } = JSON.parse(text) as { status: number; type: string };
    return told === status && typeof about === 'string'
      ? undefined
      : `a problem of status ${told} with ${status}`;
  }
  if (kind === 'OGC API' && /^application\/json/.test(type)) return JSON.parse(text) && undefined;
  if (status >= 400 && !/^text\/html/.test(type)) return `${status} as ${type}: ${text.slice(0, 200)}`;
  return undefined;
}
