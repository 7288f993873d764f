import type { IncomingMessage } from 'node:http';
import { type Host, isLoopbackName, parseHost } from './host.ts';
import { isLoopbackAddress } from './loopback.ts';
import type { FrontDoorOptions } from './options.ts';
import { errorReply, type Reply } from './reply.ts';

type GateOptions = Pick<
  FrontDoorOptions,
  'allowedHosts' | 'maxUrlBytes' | 'maxBodyBytes' | 'maxProcessBodyBytes'
>;

/** Hosts found good, so that the usual ones are not parsed again. */
const MAX_KNOWN_HOSTS = 256;

/** What is looked at before a request may reach any route. */
export class Gate {
  readonly #options: GateOptions;
  readonly #allowed: ReadonlySet<string>;
  readonly #known = new Map<string, Host>();

  constructor(options: GateOptions) {
    this.#options = options;
    this.#allowed = new Set(options.allowedHosts.map((name) => name.toLowerCase().replace(/\.$/, '')));
  }

  /** The refusal; undefined lets the request through, its target in origin form and its host well-formed. */
  check(request: IncomingMessage): Reply | undefined {
    const target = request.url ?? '/';
    if (target.length > this.#options.maxUrlBytes) {
      const message = `The URL is longer than ${this.#options.maxUrlBytes} bytes: send the request by POST`;
      return refusal(414, 'REQUEST_TOO_LARGE', message);
    }
    if (!target.startsWith('/') && !toOriginForm(request, target)) {
      return refusal(400, 'REQUEST_INVALID', 'The request target is not a path');
    }
    return this.#checkHost(request);
  }

  /** Is the body announced as too large to be read? */
  refusesBody(request: IncomingMessage): boolean {
    const { maxBodyBytes, maxProcessBodyBytes } = this.#options;
    const takesMore = /^\/(?:wps|ogcapi)\b/.test(request.url ?? '');
    const limit = takesMore ? maxProcessBodyBytes : maxBodyBytes;
    return Number(request.headers['content-length'] ?? 0) > limit;
  }

  #checkHost(request: IncomingMessage): Reply | undefined {
    const { localAddress, localPort } = request.socket;
    // HTTP/1.0 clients may leave the header out; no browser does.
    const header = request.headers.host ?? authorityOf(localAddress ?? '127.0.0.1', localPort ?? 80);
    request.headers.host = header;
    const host = this.#known.get(header) ?? parseHost(header);
    if (host === undefined) return refusal(400, 'REQUEST_INVALID', 'The Host header is malformed');
    if (this.#known.size < MAX_KNOWN_HOSTS) this.#known.set(header, host);
    if (!isLoopbackAddress(localAddress)) return undefined;
    if (isLoopbackName(host.name) || this.#allowed.has(host.name)) return undefined;
    const remedy = `add it to http.allowedHosts if ${host.name} is meant to be this peer`;
    return refusal(421, 'REQUEST_INVALID', `This peer is not reached under the name ${host.name}: ${remedy}`);
  }
}

function authorityOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Absolute form (RFC 9112, section 3.2.2): its authority stands above the Host header. */
function toOriginForm(request: IncomingMessage, target: string): boolean {
  const [, authority, rest] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target) ?? [];
  if (authority === undefined || rest === undefined) return false;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  request.headers.host = authority;
  return true;
}

function refusal(status: number, code: string, message: string): Reply {
  return errorReply(status, code, message, { connection: 'close', 'x-content-type-options': 'nosniff' });
}
