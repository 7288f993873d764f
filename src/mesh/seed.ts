import { GismeshError } from '../core/errors.ts';
import type { PeerId } from '../platform/network.ts';

/** A place to knock at: an address of somebody of the mesh, and who that is where it is known. */
export interface Seed {
  /** As given. */
  readonly text: string;
  /** A multiaddr without `/p2p/`. */
  readonly address: string;
  readonly peer: PeerId | undefined;
}

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/**
 * Reads a seed: a multiaddr with or without `/p2p/`, or `host:port` (IPv6 in brackets).
 * Throws `CONFIG_INVALID` for anything else.
 */
export function parseSeed(text: string): Seed {
  const given = text.trim();
  if (given.startsWith('/')) {
    const [address, peer, ...more] = given.split('/p2p/');
    if (address && peer !== '' && more.length === 0) return { text, address, peer };
  }
  const [, host, port] = /^(\[[0-9a-fA-F:.%]+\]|[a-zA-Z0-9._-]+):(\d{1,5})$/.exec(given) ?? [];
  if (host && port && Number(port) > 0 && Number(port) < 65_536) {
    return {
      text,
      address: `/${hostProtocol(host)}/${host.replace(/[[\]]/g, '')}/tcp/${port}`,
      peer: undefined,
    };
  }
  throw new GismeshError(
    'CONFIG_INVALID',
    `"${text}" is no address of a peer: give host:port, or a multiaddr such as /ip4/192.168.1.10/tcp/4001`,
  );
}

function hostProtocol(host: string): string {
  if (host.startsWith('[')) return 'ip6';
  return IPV4.test(host) ? 'ip4' : 'dns';
}
