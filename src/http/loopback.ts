import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Is this socket address the machine talking to itself? IPv4 mapped into IPv6 counts as IPv4. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === '127.0.0.1' || address === '::1') return true;
  const family = isIP(address ?? '');
  return family !== 0 && loopback.check(address!, family === 6 ? 'ipv6' : 'ipv4');
}
