import { parseHost } from './host.ts';
import { isLoopbackAddress } from './loopback.ts';
import type { FrontDoorOptions } from './options.ts';

/** One or more path segments of unreserved characters; no dot segments. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]{1,64}){1,8}\/?$/;

/** What of a request decides under which URL its client sees the front door. */
export interface Approach {
  /** The `Host` header, already checked. */
  readonly host: string;
  readonly remoteAddress: string | undefined;
  header(name: string): string | null | undefined;
}

/**
 * The front door as this client reaches it, without a slash at the end: `http://localhost:8080`, or
 * `https://maps.example.org/gis` behind a proxy that says so by `Forwarded` (RFC 7239) or `X-Forwarded-*`.
 * Of a chain of proxies the first entry counts, the one next to the client. Values that are no host, scheme,
 * port or path are ignored, so nothing from a header reaches a document unchecked.
 */
export function baseUrl(approach: Approach, trust: FrontDoorOptions['trustForwarded']): string {
  const believed = trust === 'always' || (trust === 'loopback' && isLoopbackAddress(approach.remoteAddress));
  if (!believed) return `http://${approach.host}`;

  const forwarded = parseForwarded(approach.header('forwarded'));
  const first = (name: string) => approach.header(`x-forwarded-${name}`)?.split(',', 1)[0]?.trim();
  const proto = (forwarded.proto ?? first('proto'))?.toLowerCase();
  const scheme = proto === 'https' ? 'https' : 'http';
  const prefix = first('prefix') ?? '';
  return `${scheme}://${authority()}${PREFIX.test(prefix) ? prefix.replace(/\/$/, '') : ''}`;

  function authority(): string {
    const host = parseHost(forwarded.host ?? first('host') ?? '');
    const given = host?.authority ?? approach.host;
    const port = Number(first('port') ?? '');
    if (host === undefined || host.port !== undefined || !isPort(port)) return given;
    return port === (scheme === 'https' ? 443 : 80) ? given : `${given}:${port}`;
  }
}

/** `host` and `proto` of the first element of a `Forwarded` header. */
function parseForwarded(header: string | null | undefined): { host?: string; proto?: string } {
  const found: { host?: string; proto?: string } = {};
  if (!header) return found;
  const element = /^(?:[^",]|"(?:[^"\\]|\\.)*")*/.exec(header)![0];
  for (const [, name, quoted, token] of element.matchAll(
    /(?:^|;)\s*([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g,
  )) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? token!;
    if (name!.toLowerCase() === 'host') found.host = value;
    if (name!.toLowerCase() === 'proto') found.proto = value;
  }
  return found;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= 65535;
}
