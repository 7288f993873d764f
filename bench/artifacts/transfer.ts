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
  try {
    const made = await holder.ask<{ artifact: string; peer: string; addresses: string[] }>({
      do: 'make',
      bytes,
    });
    const { port } = await holder.ask<{ port: number }>({ do: 'serve copy', artifact: made.artifact });
    // What is loaded once, the first connection among it, is not what a transfer costs.
    const small = await holder.ask<typeof made>({ do: 'make', bytes: 4 * MEBIBYTE });
    await fetcher.ask({ do: 'fetch', ...small });
    const before = { holder: await holder.rss(), fetcher: await fetcher.rss() };
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { ms, cpuMs } = await fetcher.ask<{ ms: number; cpuMs: number }>({ do: 'fetch', ...made });
      rounds.push({
        fetchMs: ms,
        fetchCpuMs: cpuMs,
        holderPeak: (await holder.rss()).peak,
        fetcherPeak: (await fetcher.rss()).peak,
        copyMs: 0,
      });
      await fetcher.ask({ do: 'forget', artifact: made.artifact });
    }
    for (const round of rounds) round.copyMs = (await fetcher.ask<{ ms: number }>({ do: 'copy', port })).ms;
    return [speedRow(bytes, rounds), memoryRow(bytes, before, rounds)];
  } finally {
    await Promise.all([holder.stop(), fetcher.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

interface Round {
  readonly fetchMs: number;
  readonly fetchCpuMs: number;
  readonly holderPeak: number;
  readonly fetcherPeak: number;
  copyMs: number;
}

function speedRow(bytes: number, rounds: readonly Round[]): Row {
  const rate = (ms: number) => bytes / MEBIBYTE / (ms / 1000);
  const fetch = rate(median(rounds.map(({ fetchMs }) => fetchMs)));
  const copy = rate(median(rounds.map(({ copyMs }) => copyMs)));
  const ratio = fetch / copy;
  return {
    what: `artifact of ${bytes / MEBIBYTE} MiB between two peers on loopback, against a plain TCP copy with sha-256 at both ends`,
    bar: '>= 0.5',
    measured: `${ratio.toFixed(2)} (${fetch.toFixed(0)} MiB/s against ${copy.toFixed(0)} MiB/s)`,
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
