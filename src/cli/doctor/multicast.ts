import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { type Finding, ok, warn } from './finding.ts';

/** Multicast DNS (RFC 6762, section 3). */
const GROUP = '224.0.0.251';
const PORT = 5353;
const WAIT_MS = 1000;

/** Sends a multicast DNS question on every interface and listens for it: what finding peers by itself needs. */
export async function checkMulticast(): Promise<Finding> {
  const interfaces = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => ({ name, address })),
  );
  const heard = await Promise.all(
    interfaces.map(async (each) => ({ ...each, isHeard: await hearsItself(each.address) })),
  );
  const working = heard.filter(({ isHeard }) => isHeard).map(({ name }) => name);
  const external = working.filter((name) => !/^lo\d*$/.test(name));
  if (external.length > 0) return ok('multicast', `works on ${external.join(', ')}`);
  const remedy = 'name a peer with --seed, or allow UDP port 5353 to 224.0.0.251 in the firewall';
  if (working.length > 0) return warn('multicast', 'works on this machine only', remedy);
  return warn('multicast', 'does not work: peers do not find each other by themselves', remedy);
}

async function hearsItself(address: string): Promise<boolean> {
  const question = dnsQuestion(`gismesh-doctor-${randomBytes(8).toString('hex')}`);
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    return await heardWithin(socket, address, question);
  } finally {
    socket.close();
  }
}

function heardWithin(socket: Socket, address: string, question: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), WAIT_MS);
    const finish = (isHeard: boolean) => {
      clearTimeout(timer);
      resolve(isHeard);
    };
    socket.on('error', () => finish(false));
    socket.on('message', (message) => message.equals(question) && finish(true));
    socket.bind(PORT, () => {
      try {
        socket.addMembership(GROUP, address);
        socket.setMulticastInterface(address);
        socket.setMulticastLoopback(true);
        socket.send(question, PORT, GROUP, (error) => error && finish(false));
      } catch {
        finish(false);
      }
    });
  });
}

/** A question for the PTR record of `<name>.local` (RFC 1035, section 4). Nobody has an answer. */
function dnsQuestion(name: string): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = [name, 'local'].map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]),
  );
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 12, 0, 1])]);
}
