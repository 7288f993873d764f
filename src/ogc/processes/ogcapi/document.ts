import type { WrittenDocument } from '../../service.ts';
import type { JsonValue } from '../execute-request.ts';
import { problemOf, problemWords } from '../problem.ts';

/** An answer with the headers that belong to it. */
export interface ApiDocument extends WrittenDocument {
  readonly headers: Readonly<Record<string, string>>;
}

export type JsonObject = { readonly [key: string]: JsonValue };

export function jsonDocument(body: JsonObject, headers: Readonly<Record<string, string>> = {}): ApiDocument {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(body), headers };
}

/**
 * Anything that was thrown, as RFC 7807 and OGC 18-062r2 section 7.8.4 tell it. `contentType`: for clients that take
 * nothing but plain JSON.
 */
export function writeApiProblem(error: unknown, contentType = 'application/problem+json'): ApiDocument {
  const { kind, message, locator } = problemOf(error);
  const { type, title, apiStatus, code } = problemWords[kind];
  const body = {
    type,
    title,
    status: apiStatus,
    detail: message,
    code,
    ...(locator === '' ? {} : { locator }),
  };
  return {
    status: apiStatus,
    contentType,
    body: JSON.stringify(body),
    headers: kind === 'busy' ? { 'Retry-After': '1' } : {},
  };
}

export function link(rel: string, href: string, title: string, type = 'application/json'): JsonObject {
  return { href, rel, type, title };
}

/** A part of a path or query. */
export function urlPart(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Links to the pages before and after this one, of a list at `url` with `query`. */
export function pageLinks(
  url: string,
  query: readonly (readonly [name: string, value: string])[],
  page: { readonly offset: number; readonly limit: number; readonly hasMore: boolean },
): JsonObject[] {
  const { offset, limit, hasMore } = page;
  const address = (at: number) => {
    const pairs = [...query, ['limit', String(limit)], ...(at > 0 ? [['offset', String(at)]] : [])];
    return `${url}?${pairs.map(([name, value]) => `${name}=${urlPart(value as string)}`).join('&')}`;
  };
  return [
    link('self', address(offset), 'This page'),
    link('alternate', `${address(offset)}&f=html`, 'This page as HTML', 'text/html'),
    ...(hasMore ? [link('next', address(offset + limit), 'The next page')] : []),
    ...(offset > 0 ? [link('prev', address(Math.max(0, offset - limit)), 'The page before')] : []),
  ];
}
