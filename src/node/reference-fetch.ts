import { type LookupAddress, lookup } from 'node:dns';
import { createWriteStream } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ReferenceValue } from '../ogc/processes/execute-request.ts';
import { ProcessError, quote } from '../ogc/processes/problem.ts';
import { version } from '../version.ts';
import { atMost, bytesOf, decoders, textOf } from './reference-body.ts';

export interface ReferenceOptions {
  readonly maxReferenceBytes: number;
  readonly referenceTimeoutMs: number;
  readonly maxRedirects: number;
  readonly allowPrivateHosts: boolean;
}

/** A request to a service, such as one of WFS; more is held by nobody in memory. */
const MAX_BODY_BYTES = 1024 * 1024;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Addresses that are nobody's on the web (RFC 6890): this machine, its network, its links, special uses. */
const private4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  private4.addSubnet(network, prefix, 'ipv4');
}
/** Apart: a list with addresses of both kinds takes each IPv4 address for its mapped one. */
const private6 = new BlockList();
for (const [network, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 32],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const) {
  private6.addSubnet(network, prefix, 'ipv6');
}

/** Whether an address belongs to the web, and not to whoever asks. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !private4.check(address, 'ipv4');
    case 6:
      return !private6.check(address, 'ipv6');
    default:
      return false;
  }
}

/**
 * Fetches an input of a job into a file: http and https only, to public addresses only. Names are resolved once, and the
 * address that was checked is the one connected to; each redirect is checked anew. Rejects `data-not-accessible`.
 */
export async function fetchReference(
  input: string,
  reference: ReferenceValue,
  file: string,
  options: ReferenceOptions,
  signal: AbortSignal,
): Promise<{ readonly mediaType: string }> {
  return await named(input, reference, options, signal, async (limit) => {
    const answer = await fetched(reference, options, limit);
    const parts = [answer, ...decoders(answer), atMost(options.maxReferenceBytes), createWriteStream(file)];
    await pipeline(parts, { signal: limit });
    return { mediaType: answer.headers['content-type'] ?? '' };
  });
}

/** The same for an input that is a short text, in the characters that the answer says. */
export async function fetchReferencedText(
  input: string,
  reference: ReferenceValue,
  options: ReferenceOptions,
  signal: AbortSignal,
): Promise<string> {
  return await named(input, reference, options, signal, async (limit) => {
    const answer = await fetched(reference, options, limit);
    return await textOf(answer, options.maxReferenceBytes, limit);
  });
}

/** Errors of `fetch` in words for the client, which name the input. */
async function named<T>(
  input: string,
  { href }: ReferenceValue,
  { referenceTimeoutMs }: ReferenceOptions,
  signal: AbortSignal,
  fetch: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(referenceTimeoutMs)]);
  try {
    return await fetch(limit);
  } catch (error) {
    signal.throwIfAborted();
    const why = limit.aborted ? `it took longer than ${referenceTimeoutMs} ms` : (error as Error).message;
    const message = `Input ${quote(input)}: ${quote(href)} cannot be fetched: ${why}`;
    throw new ProcessError('data-not-accessible', message, input, { cause: error });
  }
}

/** A good answer, behind whatever redirects; the body of a POST is fetched first where it is given by its address. */
async function fetched(
  reference: ReferenceValue,
  options: ReferenceOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { bodyHref, body, method, headers, href } = reference;
  if (bodyHref === undefined || body !== undefined) {
    return good(await follow(reference, options, signal));
  }
  const get = { href: bodyHref, method: 'GET', headers: [] } as const;
  const answer = good(await follow(get, options, signal));
  const posted = await bytesOf(answer, MAX_BODY_BYTES, signal);
  const type = answer.headers['content-type'];
  const typed = type === undefined ? headers : [['content-type', type] as const, ...headers];
  return good(await follow({ href, method, headers: typed, body: posted }, options, signal));
}

function good(answer: IncomingMessage): IncomingMessage {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status <= 299) return answer;
  answer.destroy();
  throw new Error(`it was answered with status ${status}`);
}

interface Asked extends Pick<ReferenceValue, 'href' | 'method' | 'headers'> {
  readonly body?: string | Uint8Array;
}

async function follow(
  reference: Asked,
  options: ReferenceOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let url = new URL(reference.href);
  let { method, body } = reference;
  let headers = reference.headers;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await ask(url, { method, headers, ...(body !== undefined && { body }) }, options, signal);
    const { location } = answer.headers;
    if (!REDIRECTS.has(answer.statusCode ?? 0) || location === undefined) return answer;
    answer.destroy();
    if (redirects >= options.maxRedirects) throw new Error(`more than ${options.maxRedirects} redirects`);
    const next = new URL(location, url);
    // What was meant for one host, such as a token, is not for another.
    if (next.origin !== url.origin) headers = [];
    if (answer.statusCode === 303) {
      method = 'GET';
      body = undefined;
    }
    url = next;
  }
}

const USER_AGENT = `gismesh/${version()}`;

/** Headers that belong to the connection, not to the client. */
const OWN_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'te']);

/** Names in lower case, so that those of the client go before ours. */
function givenHeaders(headers: ReferenceValue['headers']): Record<string, string> {
  const lower = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lower.filter(([name]) => !OWN_HEADERS.has(name)));
}

/** Services on the web refuse who does not say what they are, or what they post. */
function ownHeaders(body: Asked['body']): Record<string, string> {
  const agent = { 'user-agent': USER_AGENT };
  if (typeof body !== 'string' || body === '') return agent;
  const type = /^\s*</.test(body) ? 'text/xml' : /^\s*[{[]/.test(body) ? 'application/json' : 'text/plain';
  return { ...agent, 'content-type': `${type}; charset=utf-8` };
}

/** Asks one address, once. Only public ones, unless the options allow all. Throws or rejects with the reason. */
export function ask(
  url: URL,
  { method, headers, body }: Omit<Asked, 'href'>,
  { allowPrivateHosts }: Pick<ReferenceOptions, 'allowPrivateHosts'>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(`${url.protocol} is neither http nor https`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivateHosts && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(host);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      headers: { ...ownHeaders(body), ...givenHeaders(headers) },
      signal,
      agent: false,
      ...(!allowPrivateHosts && { lookup: lookupPublic }),
    });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** Gives the connection only addresses that were checked. */
const lookupPublic: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const found = (addresses ?? []) as LookupAddress[];
    if (error) return callback(error, []);
    if (found.some(({ address }) => !isPublicAddress(address))) return callback(notPublic(host), []);
    if (options.all) return callback(null, found);
    const [first] = found;
    return callback(null, first?.address ?? '', first?.family);
  });
};

function notPublic(host: string): Error {
  return new Error(
    `${host} is in this machine's own network, which jobs may not read unless jobs.execution.allowPrivateHosts is set`,
  );
}
