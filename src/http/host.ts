import { isLoopbackAddress } from './loopback.ts';

/** `name`, `name:port`, `1.2.3.4:port`, `[::1]:port`; nothing that could leave a URL's authority. */
const HOST =
  /^(?:(?<name>[a-z0-9](?:[a-z0-9._-]{0,252})?)|\[(?<ipv6>[0-9a-f:.]{2,45})\])(?::(?<port>\d{1,5}))?$/i;

export interface Host {
  /** Lower case, without brackets and the root's dot. */
  readonly name: string;
  /** With brackets where needed and the port, as it stands in a URL. */
  readonly authority: string;
  readonly port: number | undefined;
}

/** Reads a `Host` header or an authority; undefined for anything that does not belong into a URL. */
export function parseHost(text: string): Host | undefined {
  const groups = HOST.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const port = groups.port === undefined ? undefined : Number(groups.port);
  if (port !== undefined && (port === 0 || port > 65535)) return undefined;
  const authority = text.toLowerCase();
  const url = URL.parse(`http://${authority}/`);
  // Other spellings of an address (`0x7f.1`, `2130706433`) come from no client.
  if (url === null || (groups.name !== undefined && url.hostname !== groups.name.toLowerCase()))
    return undefined;
  return { name: (groups.name ?? groups.ipv6!).toLowerCase().replace(/\.$/, ''), authority, port };
}

/**
 * May a loopback address be reached under this name? A web page elsewhere can make its own name resolve to
 * 127.0.0.1 (DNS rebinding) and would then speak to this peer as its own origin; its name gives it away.
 */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}
