import type { InputValue } from './execute-request.ts';
import { ProcessError, quote } from './problem.ts';
import type { Format } from './process-description.ts';

export interface ReferenceParts {
  readonly href: string;
  /** '' for GET. */
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  readonly bodyHref?: string;
  readonly format: Format;
}

/** An input given by its address, `job:<job id>/<output>` for that of a job. Throws `ProcessError`. */
export function readReference(id: string, parts: ReferenceParts): InputValue {
  const href = parts.href.trim();
  const job = /^job:([^/?#]+)\/([^/?#]+)$/.exec(href);
  if (job) {
    const [, jobId = '', output = ''] = job;
    return { kind: 'job', job: decoded(jobId, id), output: decoded(output, id), format: parts.format };
  }
  const method = parts.method.trim().toUpperCase() || 'GET';
  if (method !== 'GET' && method !== 'POST') {
    throw unusable(id, `method ${quote(parts.method)} is not supported; use GET or POST`);
  }
  for (const [name, value] of parts.headers) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw unusable(id, `${quote(name)} is no HTTP header`);
    }
  }
  return {
    kind: 'reference',
    href,
    method,
    headers: parts.headers,
    ...(parts.body === undefined ? {} : { body: parts.body }),
    ...(parts.bodyHref === undefined ? {} : { bodyHref: parts.bodyHref.trim() }),
    format: parts.format,
  };
}

function decoded(text: string, id: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable(id, `${quote(text)} is not percent-encoded`);
  }
}

/** Only the web is ever asked; which hosts of it, is for the fetcher to decide. Throws `ProcessError`. */
export function checkHref(id: string, href: string, maxLength: number): void {
  if (href.length > maxLength) throw unusable(id, `an address is longer than ${maxLength} characters`);
  if (!/^https?:\/\//i.test(href) || !URL.canParse(href)) {
    throw unusable(id, `${quote(href)} is no http or https address`);
  }
}

function unusable(id: string, reason: string): ProcessError {
  return new ProcessError('data-not-accessible', `Input ${quote(id)}: ${reason}`, id);
}
