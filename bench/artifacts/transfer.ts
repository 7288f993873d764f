import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from '../lib/report.ts';
import { median } from '../lib/stats.ts';
import type { Command } from './peer.ts';

const PEER = fileURLToPath(new URL('peer.ts', import.meta.url));
const MEBIBYTE = 1024 * 1024;
const ROUNDS = 3;

/**
 * An artifact of 1 GiB (`GISMESH_BENCH_MIB` for another size) from the store of one peer to that of another over
 * loopback, in turn with a plain TCP copy from file to file that computes a sha-256 at both ends.
 */
export async function artifactTransfer(): Promise<Row[]> {
  const bytes = Number(process.env.GISMESH_BENCH_MIB ?? 1024) * MEBIBYTE;
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-bench-'));
  const meshKey = randomBytes(32).toString('hex');
  const holder = await Peer.start(path.join(folder, 'holder'), meshKey);
  const fetcher = await Peer.start(path.join(folder, 'fetcher'), meshKey);
  // In processes of its own, so that the two can take turns and neither counts for the other's memory.
  const [server, copier] = [
    await Peer.start(path.join(folder, 'server'), meshKey),
    await Peer.start(path.join(folder, 'copier'), meshKey),
  ];
  try {
    const made = await holder.ask<{ artifact: string; peer: string; addresses: string[] }>({
      do: 'make',
      bytes,
    });
    const { port } = await server.ask<{ port: number }>({
      do: 'serve copy',
      file: path.join(folder, 'holder/files/content', made.artifact),
    });
    // What is loaded once, the first connection among it, is not what a transfer costs.
    const small = await holder.ask<typeof made>({ do: 'make', bytes: 4 * MEBIBYTE });
    await fetcher.ask({ do: 'fetch', ...small });
    const before = { holder: await holder.rss(), fetcher: await fetcher.rss() };
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const fetched = await timed(holder, fetcher, { do: 'fetch', ...made });
      const peaks = {
        holderPeak: (await holder.rss()).peak,
        fetcherPeak: (await fetcher.rss()).peak,
      };
      await fetcher.ask({ do: 'forget', artifact: made.artifact });
      const copied = await timed(server, copier, { do: 'copy', port });
      rounds.push({
        fetchMs: fetched.ms,
        fetchCpuMs: fetched.cpuMs,
        copyMs: copied.ms,
        copyCpuMs: copied.cpuMs,
        ...peaks,
      });
    }
    return [speedRow(bytes, rounds), memoryRow(bytes, before, rounds)];
  } finally {
    await Promise.all([holder, fetcher, server, copier].map((peer) => peer.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Round {
  readonly fetchMs: number;
  /** Of both ends. */
  readonly fetchCpuMs: number;
  readonly copyMs: number;
  readonly copyCpuMs: number;
  readonly holderPeak: number;
  readonly fetcherPeak: number;
}

/** How long it takes, and what the processors of both ends do for it. */
async function timed(giver: Peer, taker: Peer, command: Command): Promise<{ ms: number; cpuMs: number }> {
  const cpu = async () => {
    const [one, other] = await Promise.all(
      [giver, taker].map((peer) => peer.ask<{ ms: number }>({ do: 'cpu' })),
    );
    return (one?.ms ?? 0) + (other?.ms ?? 0);
  };
  const before = await cpu();
  const { ms } = await taker.ask<{ ms: number }>(command);
  return { ms, cpuMs: (await cpu()) - before };
}

function speedRow(bytes: number, rounds: readonly Round[]): Row {
  const rate = (ms: number) => bytes / MEBIBYTE / (ms / 1000);
  const fetch = rate(median(rounds.map(({ fetchMs }) => fetchMs)));
  const copy = rate(median(rounds.map(({ copyMs }) => copyMs)));
  const ratio = fetch / copy;
  const cpu = median(rounds.map(({ fetchCpuMs, copyCpuMs }) => fetchCpuMs / copyCpuMs));
  return {
    what: `artifact of ${bytes / MEBIBYTE} MiB between two peers on loopback, against a plain TCP copy with sha-256 at both ends`,
    bar: '>= 0.5',
    measured: `${ratio.toFixed(2)} (${fetch.toFixed(0)} MiB/s against ${copy.toFixed(0)} MiB/s; ${cpu.toFixed(1)} times the computing)`,
    passed: ratio >= 0.5,
    details: { rounds },
  };
}

interface Memory {
  readonly now: number;
  readonly peak: number;
}

function memoryRow(
  bytes: number,
  before: { readonly holder: Memory; readonly fetcher: Memory },
  rounds: readonly Round[],
): Row {
  const most = (peak: 'holderPeak' | 'fetcherPeak') => Math.max(...rounds.map((round) => round[peak]));
  const holder = (most('holderPeak') - before.holder.now) / MEBIBYTE;
  const fetcher = (most('fetcherPeak') - before.fetcher.now) / MEBIBYTE;
  return {
    what: `growth of memory (RSS) by ${rounds.length} transfers of ${bytes / MEBIBYTE} MiB`,
    bar: '<= 64 MiB',
    measured: `${holder.toFixed(0)} MiB at the holder, ${fetcher.toFixed(0)} MiB at who fetches`,
    passed: Math.max(holder, fetcher) <= 64,
    details: { before, rounds },
  };
}

class Peer {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(folder: string, meshKey: string): Promise<Peer> {
    const peer = new Peer(fork(PEER, [folder, meshKey]));
    await peer.#answer();
    return peer;
  }

  ask<T>(command: Command): Promise<T> {
    const answer = this.#answer<T>();
    this.#process.send(command);
    return answer;
  }

  rss(): Promise<Memory> {
    return this.ask<Memory>({ do: 'rss' });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }

  async #answer<T>(): Promise<T> {
    const [message] = (await once(this.#process, 'message')) as [{ result?: T; error?: string }];
    if (message.error !== undefined) throw new Error(message.error);
    return message.result as T;
  }
}
