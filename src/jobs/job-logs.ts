import * as pb from '../../protocols/jobs/jobs_pb.js';
import type { JobStatus } from '../core/jobs/job-status.ts';
import { callMember } from '../platform/call-member.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { JobPeers } from './job-peers.ts';
import { inOrder, LogBook, type LogBookOptions, type LogLine } from './log-book.ts';
import { LogCopies, type LogCopiesOptions } from './log-copies.ts';
import { idFromWire, logLineFromWire, logLineToWire, oneLine, WIRE_LIMITS } from './wire.ts';

const LOG = 'jobs.log';

interface JobLogsOptions extends LogBookOptions, LogCopiesOptions {
  /** One question to another peer. */
  readonly timeoutMs: number;
}

/** The log of a job as far as it could be had. */
export interface JobLog {
  /** In the order of the attempts. */
  readonly lines: readonly LogLine[];
  /** Peers that executed the job and cannot be asked for what they noted, of which nobody else knows anything either. */
  readonly unreachable: readonly PeerId[];
}

interface JobLogsParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly peers: JobPeers;
  /** Peers that stand by for a job, the first of them; without those named. */
  readonly standbys: (job: string, except: readonly PeerId[], limit?: number) => readonly PeerId[];
  readonly options: JobLogsOptions;
}

/**
 * The ends of the logs of jobs, in memory: for people who look at a job. The peer that executes one has it, and of what
 * its process said those that stand by for the job have a copy.
 */
export class JobLogs {
  readonly #parts: JobLogsParts;
  readonly #book: LogBook;
  readonly #copies: LogCopies;

  constructor(parts: JobLogsParts) {
    const { network, options } = parts;
    this.#parts = parts;
    this.#book = new LogBook(options);
    this.#copies = new LogCopies({
      ...parts,
      book: this.#book,
      standbys: (job) => parts.standbys(job, [network.self]),
    });
    network.onCall(LOG, (payload) => this.#answer(payload));
  }

  /** An attempt made here, or the process in it, says something. */
  add(job: string, epoch: number, text: string): void {
    const { clock, options } = this.#parts;
    this.#book.add(job, { epoch, at: clock.wallTime(), text: oneLine(text, options.logLineLength) });
    this.#copies.add(job, epoch);
  }

  /** The peer is leaving: copies get what they have not yet. */
  stop(): void {
    this.#copies.tell();
  }

  /** What is left of the job's log, at all who executed it and those that have copies. */
  async of({ id, attempts }: Pick<JobStatus, 'id' | 'attempts'>): Promise<JobLog> {
    const owners = [...new Set(attempts.map(({ owner }) => owner))];
    const standbys = this.#parts.standbys(id, [], COPIES_ASKED + owners.length);
    const asked = [...new Set([...owners, ...standbys])];
    const answers = new Map<PeerId, readonly LogLine[]>();
    await Promise.all(
      asked.map(async (peer) => {
        const lines = await this.#known(peer, id);
        if (lines) answers.set(peer, lines);
      }),
    );
    const lines: LogLine[] = [];
    const unreachable = new Set<PeerId>();
    for (const { epoch, owner } of attempts) {
      const found = best(epoch, owner, answers);
      lines.push(...found);
      if (found.length === 0 && !answers.has(owner)) unreachable.add(owner);
    }
    return { lines: lines.sort(inOrder), unreachable: [...unreachable] };
  }

  /** Undefined where it cannot be asked. */
  async #known(peer: PeerId, job: string): Promise<readonly LogLine[] | undefined> {
    const { network, peers, log, options } = this.#parts;
    if (peer === network.self) return this.#book.of(job);
    try {
      const payload = encodeMessage(pb.LogRequestSchema, { job });
      const { timeoutMs } = options;
      const answer = await callMember(network, peers, peer, { method: LOG, payload, timeoutMs });
      const { lines } = decodeMessage(pb.LogReplySchema, answer);
      return lines.slice(-options.logLines).map((line) => logLineFromWire(line, options.logLineLength));
    } catch (error) {
      log.debug({ job, peer, err: error }, 'the log of a job cannot be had');
      return undefined;
    }
  }

  #answer(payload: Uint8Array): Uint8Array {
    const { job } = decodeMessage(pb.LogRequestSchema, payload);
    const lines = this.#book.tail(idFromWire(job), WIRE_LIMITS.log);
    return encodeMessage(pb.LogReplySchema, { lines: lines.map(logLineToWire) });
  }
}

/** Peers with copies that are asked, where all of them live. */
const COPIES_ASKED = 2;

/** Who made the attempt knows it best; of copies the longest, unless it has forgotten it all at a new start. */
function best(
  epoch: number,
  owner: PeerId,
  answers: ReadonlyMap<PeerId, readonly LogLine[]>,
): readonly LogLine[] {
  const ofAttempt = (lines: readonly LogLine[] = []) => lines.filter((line) => line.epoch === epoch);
  const own = ofAttempt(answers.get(owner));
  if (own.length > 0) return own;
  return [...answers.values()]
    .map(ofAttempt)
    .reduce((longest, lines) => (lines.length > longest.length ? lines : longest), []);
}
