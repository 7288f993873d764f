import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { PeerProcess } from '../test/system/helpers/peer-process.ts';
import { get } from './lib/load.ts';
import type { BenchmarkOptions, Row } from './lib/report.ts';
import { median } from './lib/stats.ts';

const execute = promisify(execFile);
const CONNECTIONS = 16;
const ROUNDS = 3;

/** A cached tile through the front door against a bare node:http server that answers the same bytes. */
export async function cachedTile({ seconds }: BenchmarkOptions): Promise<Row[]> {
  const peer = await PeerProcess.start({ args: ['--no-mdns', '--listen', '127.0.0.1:0'] });
  try {
    const url = `${peer.url}/tiles/world/5/16/10.png`;
    await get(url);
    const { bytes } = await get(url);
    const bare = await BareServer.start(bytes);
    const ratios: number[] = [];
    const runs: Array<{ door: WrkResult; bare: WrkResult }> = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const run = { bare: await wrk(bare.url, seconds), door: await wrk(url, seconds) };
      runs.push(run);
      ratios.push(run.door.requestsPerSecond / run.bare.requestsPerSecond);
    }
    await bare.stop();
    const ratio = median(ratios);
    const p99 = median(runs.map((run) => run.door.p99Ms));
    const errors = runs.reduce((sum, run) => sum + run.door.errors, 0);
    return [
      {
        what: `cached tile (${(bytes / 1000).toFixed(0)} kB) through the front door / bare node:http, wrk, 16 connections`,
        bar: '>= 0.3 of its requests/s, p99 <= 5 ms',
        measured: `${ratio.toFixed(2)}, p99 ${p99.toFixed(2)} ms`,
        passed: ratio >= 0.3 && p99 <= 5 && errors === 0,
        details: { ratios, runs },
      },
    ];
  } finally {
    await peer.stop();
  }
}

interface WrkResult {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  readonly errors: number;
}

async function wrk(url: string, seconds: number): Promise<WrkResult> {
  const { stdout } = await execute('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', url]);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  if (!rate || !p99) throw new Error(`wrk said: ${stdout}`);
  const factor = { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'];
  const errors = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return { requestsPerSecond: Number(rate), p99Ms: Number(p99) * factor, errors };
}

/** The least that Node can do: node:http with a fixed body, in a thread of its own. */
class BareServer {
  readonly url: string;
  readonly #worker: Worker;

  private constructor(url: string, worker: Worker) {
    this.url = url;
    this.#worker = worker;
  }

  static async start(bytes: number): Promise<BareServer> {
    const program = `
      const { createServer } = require('node:http');
      const { parentPort, workerData } = require('node:worker_threads');
      const body = Buffer.alloc(workerData);
      const server = createServer((request, response) => {
        response.writeHead(200, { 'content-type': 'image/png', 'content-length': body.length });
        response.end(body);
      });
      server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;
    const worker = new Worker(program, { eval: true, workerData: bytes });
    const [port] = (await once(worker, 'message')) as [number];
    return new BareServer(`http://127.0.0.1:${port}/`, worker);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
