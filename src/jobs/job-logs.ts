import * as pb from '../../protocols/jobs/jobs_pb.js';
import { JOB_LIMITS, type JobStatus } from '../core/jobs/job-status.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { JobPeers } from './job-peers.ts';
import { decode, encode, idFromWire, malformed, oneLine } from './wire.ts';

const LOG = 'jobs.log';

/** Characters of logs in one answer: at most three bytes each, the control protocol takes 256 KiB. */
const MAX_ANSWER = 64 * 1024;

export interface JobLogsOptions {
  /** Jobs whose log is kept; beyond it the one written to longest ago goes. */
  readonly logJobs: number;
  /** The last lines of each. */
  readonly logLines: number;
  /** Characters of a line. */
  readonly logLineLength: number;
  /** One question to another peer. */
  readonly timeoutMs: number;
}

/** What an attempt, or the process in it, said. */
export interface LogLine {
  readonly epoch: number;
  /** Ms since 1970, by the clock of the peer that executes. */
  readonly at: number;
  readonly text: string;
}

/** The log of a job as far as it could be had. */
export interface JobLog {
  /** In the order of the attempts. */
  readonly lines: readonly LogLine[];
  /** Peers that executed the job and cannot be asked for what they noted. */
  readonly unreachable: readonly PeerId[];
}

/**
 * The ends of the logs of the jobs that this peer executes, in memory: for people who look at a job. They stay with
 * the peer that executed it, and go with it.
 */
export class JobLogs {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #peers: JobPeers;
  readonly #options: JobLogsOptions;
  readonly #lines = new Map<string, LogLine[]>();

  constructor(parts: {
    network: Network;
    clock: Clock;
    log: Log;
    peers: JobPeers;
    options: JobLogsOptions;
  }) {
    this.#network = parts.network;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#peers = parts.peers;
    this.#options = parts.options;
    parts.network.onCall(LOG, async (payload) => this.#answer(payload));
  }

  add(job: string, epoch: number, text: string): void {
    const { logJobs, logLines, logLineLength } = this.#options;
    const lines = this.#lines.get(job) ?? [];
    lines.push({ epoch, at: this.#clock.wallTime(), text: oneLine(text, logLineLength) });
    if (lines.length > logLines) lines.shift();
    this.#lines.delete(job);
    this.#lines.set(job, lines);
    if (this.#lines.size > logJobs) this.#lines.delete(this.#lines.keys().next().value as string);
  }

  /** What is left of the job's log at all who executed it. */
  async of({ id, attempts }: Pick<JobStatus, 'id' | 'attempts'>): Promise<JobLog> {
    const { self } = this.#network;
    const owners = [...new Set(attempts.map(({ owner }) => owner))];
    const unreachable: PeerId[] = [];
    const found = await Promise.all(
      owners.map(async (owner) => {
        if (owner === self) return this.#lines.get(id) ?? [];
        try {
          return await this.#ask(owner, id);
        } catch (error) {
          this.#log.debug({ job: id, peer: owner, err: error }, 'the log of a job cannot be had');
          unreachable.push(owner);
          return [];
        }
      }),
    );
    return { lines: found.flat().sort((a, b) => a.epoch - b.epoch || a.at - b.at), unreachable };
  }

  async #ask(peer: PeerId, job: string): Promise<LogLine[]> {
    if (!this.#network.isConnected(peer)) await this.#peers.ensureConnected(peer);
    const { timeoutMs, logLines, logLineLength } = this.#options;
    const answer = await this.#network.call(peer, LOG, encode(pb.LogRequestSchema, { job }), { timeoutMs });
    const { lines } = decode(pb.LogReplySchema, answer);
    return lines.slice(-logLines).map(({ epoch, at, text }) => {
      if (epoch > JOB_LIMITS.epoch || at > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('log');
      return { epoch, at: Number(at), text: oneLine(text, logLineLength) };
    });
  }

  #answer(payload: Uint8Array): Uint8Array {
    const { job } = decode(pb.LogRequestSchema, payload);
    const lines: LogLine[] = [];
    let length = 0;
    for (const line of (this.#lines.get(idFromWire(job)) ?? []).toReversed()) {
      length += line.text.length;
      if (length > MAX_ANSWER) break;
      lines.unshift(line);
    }
    return encode(pb.LogReplySchema, {
      lines: lines.map(({ epoch, at, text }) => ({ epoch, at: BigInt(at), text })),
    });
  }
}
