import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PeerProcess, runCli, type StartOptions } from './peer-process.ts';

const execute = promisify(execFile);

/** A machine of a local network that consists of network namespaces. */
export interface Machine {
  readonly namespace: string;
  readonly address: string;
}

let networks = 0;

/**
 * An Ethernet of its own: a bridge in one network namespace, and machines that are others, each with a cable
 * (a veth pair) to it. Needs root; nothing of it is seen by the network of this machine.
 */
export class LocalNetwork {
  readonly machines: Machine[] = [];
  readonly #name: string;
  readonly #peers: PeerProcess[] = [];

  private constructor(name: string) {
    this.#name = name;
  }

  static async create(machines: number): Promise<LocalNetwork> {
    networks += 1;
    const network = new LocalNetwork(`gm${process.pid}-${networks}`);
    try {
      await network.#build(machines);
    } catch (error) {
      await network.remove();
      throw error;
    }
    return network;
  }

  get #switch(): string {
    return `${this.#name}-lan`;
  }

  async #build(machines: number): Promise<void> {
    await ip('netns', 'add', this.#switch);
    await ip('-n', this.#switch, 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    await ip('-n', this.#switch, 'link', 'set', 'br0', 'up');
    for (let i = 1; i <= machines; i += 1) {
      const machine = { namespace: `${this.#name}-${i}`, address: `10.213.7.${10 + i}` };
      await ip('netns', 'add', machine.namespace);
      this.machines.push(machine);
      const cable = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', machine.namespace];
      await ip('-n', this.#switch, 'link', 'add', `port${i}`, ...cable);
      await ip('-n', this.#switch, 'link', 'set', `port${i}`, 'master', 'br0', 'up');
      await ip('-n', machine.namespace, 'link', 'set', 'lo', 'up');
      await ip('-n', machine.namespace, 'address', 'add', `${machine.address}/24`, 'dev', 'eth0');
      await ip('-n', machine.namespace, 'link', 'set', 'eth0', 'up');
    }
  }

  /** Pulls a machine's cable at the switch, or plugs it in again. */
  async plug(machine: Machine, state: 'up' | 'down'): Promise<void> {
    await ip('-n', this.#switch, 'link', 'set', `port${this.machines.indexOf(machine) + 1}`, state);
  }

  /** Gives a machine another address, as DHCP may. */
  async readdress(machine: Machine, address: string): Promise<void> {
    await ip('-n', machine.namespace, 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
    await ip('-n', machine.namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  }

  /** Starts a peer on a machine; it ends with the network. */
  async start(machine: Machine, options: StartOptions = {}): Promise<PeerProcess> {
    const peer = await PeerProcess.start({ ...options, prefix: enter(machine) });
    this.#peers.push(peer);
    return peer;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.stop()));
    for (const { namespace } of this.machines) await ip('netns', 'delete', namespace);
    await ip('netns', 'delete', this.#switch);
  }
}

function enter({ namespace }: Machine): string[] {
  return ['ip', 'netns', 'exec', namespace];
}

async function ip(...words: string[]): Promise<void> {
  await execute('ip', words);
}

/** What a program on that machine gets from its own peer. */
export async function fetchOn(
  machine: Machine,
  url: string,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  const [program = '', ...words] = [...enter(machine), 'curl', '-sS', '-i', '--max-time', '40', url];
  const { stdout } = await execute(program, words, { encoding: 'buffer', maxBuffer: 16 * 1024 * 1024 });
  const end = stdout.indexOf('\r\n\r\n');
  const [start = '', ...lines] = stdout.toString('latin1', 0, end).split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ]);
  return {
    status: Number(start.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: stdout.subarray(end + 4),
  };
}

/** The six words that let another machine in, without any address. */
export async function wordsOf(machine: Machine, peer: PeerProcess): Promise<string> {
  const { stdout } = await runCli(['invite', '--json', '--data', peer.ready.data], enter(machine));
  return (JSON.parse(stdout) as { words: string }).words;
}
