import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import type { Log } from '../../platform/log.ts';
import { describe } from './errors.ts';

/** Where the peers of a local network meet; the defaults are those of multicast DNS (RFC 6762 section 3). */
export interface MeetingPlace {
  readonly port?: number;
  readonly group?: string;
  /** Own IPv4 addresses of the interfaces to use; looked up again and again, as networks come and go. */
  readonly interfaces?: () => readonly string[];
}

export interface MulticastSocket {
  /** Over every interface. Losing packets is part of the game: errors are not reported. */
  send(packet: Uint8Array): void;
  /** Joins interfaces that appeared. */
  refresh(): void;
  close(): Promise<void>;
}

const MDNS_PORT = 5353;
const MDNS_GROUP = '224.0.0.251';
/** RFC 6762 section 17. */
const MAX_PACKET_BYTES = 9000;
const MAX_UNSENT_PACKETS = 16;

/**
 * A socket in a multicast group on all interfaces. It sends over each interface by name: left to the routing
 * table, packets go out only where a default route leads, and a network without a router has none.
 */
export function openMulticastSocket(
  place: MeetingPlace,
  log: Log,
  onPacket: (packet: Uint8Array) => void,
): MulticastSocket {
  const { port = MDNS_PORT, group = MDNS_GROUP, interfaces = ownAddresses } = place;
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  const state = { bound: false, closed: false, unsent: 0 };
  let sending: Promise<void> = Promise.resolve();

  const refresh = () => {
    if (!state.bound || state.closed) return;
    for (const address of interfaces()) tryQuietly(() => socket.addMembership(group, address));
  };

  const sendEverywhere = async (packet: Uint8Array) => {
    for (const address of interfaces()) {
      if (state.closed) return;
      if (!tryQuietly(() => socket.setMulticastInterface(address))) continue;
      await sendOnce(socket, packet, port, group);
    }
  };

  socket.on('message', (packet) => {
    if (packet.length <= MAX_PACKET_BYTES && !state.closed) onPacket(packet);
  });
  socket.on('error', (error) => {
    if (state.bound) return;
    const remedy = 'Peers are not found by themselves; give --seed host:port of one of them.';
    log.warn({ port, error: describe(error) }, `no multicast DNS on this machine. ${remedy}`);
    state.closed = true;
    socket.close();
  });
  socket.bind(port, () => {
    state.bound = true;
    socket.setMulticastTTL(255);
    socket.setMulticastLoopback(true);
    refresh();
  });

  return {
    refresh,
    send(packet) {
      if (!state.bound || state.closed || state.unsent >= MAX_UNSENT_PACKETS) return;
      state.unsent++;
      sending = sending.then(() => sendEverywhere(packet)).finally(() => state.unsent--);
    },
    async close() {
      if (state.closed) return;
      state.closed = true;
      await sending;
      await promisify(socket.close.bind(socket))();
    },
  };
}

function sendOnce(socket: Socket, packet: Uint8Array, port: number, group: string): Promise<void> {
  return new Promise((resolve) => socket.send(packet, port, group, () => resolve()));
}

/** For system calls that fail when a network goes, or that were made before. */
function tryQuietly(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

/** One IPv4 address of each interface; loopback only where there is nothing else. */
function ownAddresses(): string[] {
  const interfaces = Object.values(networkInterfaces());
  const addresses = interfaces.flatMap((each) => each?.find(({ family }) => family === 'IPv4') ?? []);
  const outer = addresses.filter(({ internal }) => !internal);
  return (outer.length > 0 ? outer : addresses).map(({ address }) => address);
}
