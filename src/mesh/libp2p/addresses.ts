import { isIP } from 'node:net';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { GismeshError } from '../../core/errors.ts';
import type { PeerId } from '../../platform/network.ts';

/** Whom to connect to, as `Network.connect` takes it. */
export interface ConnectTarget {
  readonly peer?: PeerId;
  readonly addresses: readonly string[];
}

const HOSTS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6']);

/**
 * Reads an address as people write it: a multiaddr (`/ip4/10.0.0.5/tcp/4001`, with or without `/p2p/`), or
 * `host:port` with a name, an IPv4 address or an IPv6 address in brackets.
 *
 * @throws CONFIG_INVALID
 */
export function parseAddress(text: string): ConnectTarget {
  const trimmed = text.trim();
  return trimmed.startsWith('/') ? fromMultiaddr(trimmed) : { addresses: [fromHostAndPort(trimmed)] };
}

/** An address to listen on: also a port alone, which means every IPv4 interface. Port 0 takes a free one. */
export function parseListenAddress(text: string): string {
  const spelled = /^\d+$/.test(text.trim()) ? `0.0.0.0:${text.trim()}` : text;
  return parseAddress(spelled).addresses[0]!;
}

function fromMultiaddr(text: string): ConnectTarget {
  let components: ReturnType<ReturnType<typeof multiaddr>['getComponents']>;
  try {
    components = multiaddr(text).getComponents();
  } catch (cause) {
    throw invalid(text, cause);
  }
  const [host, tcp, p2p, ...more] = components;
  const known = host !== undefined && HOSTS.has(host.name) && tcp?.name === 'tcp';
  if (!known || more.length > 0 || (p2p !== undefined && p2p.name !== 'p2p')) throw invalid(text);
  const addresses = [`/${host.name}/${host.value}/tcp/${tcp.value}`];
  if (p2p === undefined) return { addresses };
  try {
    return { peer: peerIdFromString(p2p.value ?? '').toString(), addresses };
  } catch (cause) {
    throw invalid(text, cause);
  }
}

function fromHostAndPort(text: string): string {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) throw invalid(text);
  const version = isIP(host);
  if (bracketed !== undefined && version !== 6) throw invalid(text);
  if (version === 0 && !/^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*\.?$/i.test(host)) {
    throw invalid(text);
  }
  return `/${version === 0 ? 'dns' : `ip${version}`}/${host}/tcp/${Number(port)}`;
}

function invalid(text: string, cause?: unknown): GismeshError {
  const examples = 'Write host:port, [IPv6 address]:port, or a multiaddr such as /ip4/10.0.0.5/tcp/4001.';
  const message = `"${text.slice(0, 200)}" is not an address of a peer. ${examples}`;
  return new GismeshError('CONFIG_INVALID', message, { cause });
}

/** The IP address in a multiaddr; '' for one with a name. */
export function hostOf(address: string): string {
  return /^\/ip[46]\/([^/]+)\//.exec(address)?.[1] ?? '';
}

const LOOPBACK = /^\/(ip4\/127\.|ip6\/::1\/)/;

export const isLoopback = (address: string) => LOOPBACK.test(address);

/** Loopback last: from another machine it leads to that machine itself. */
export function loopbackLast(addresses: readonly string[]): string[] {
  return [...addresses.filter((each) => !isLoopback(each)), ...addresses.filter(isLoopback)];
}
