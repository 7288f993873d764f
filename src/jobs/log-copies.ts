import * as pb from '../../protocols/jobs/jobs_pb.js';
import { GismeshError } from '../core/errors.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { JobPeers } from './job-peers.ts';
import type { LogBook } from './log-book.ts';
import { idFromWire, logLineFromWire, logLineToWire, WIRE_LIMITS } from './wire.ts';

const TAILS = 'jobs.tails';

/** Two are said of every attempt, that it began and how it ended, and both stand in its status. */
const WORTH_LINES = 3;

export interface LogCopiesOptions {
  /** From a new line until copies have it. */
  readonly logCopyMs: number;
  /** Characters at the end of the log of an attempt that are copied. */
  readonly logCopyLength: number;
  readonly logLines: number;
  readonly logLineLength: number;
}

interface LogCopiesParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly peers: JobPeers;
  readonly book: LogBook;
  /** Who has a copy, this peer left out. */
  readonly standbys: (job: string) => readonly PeerId[];
  readonly options: LogCopiesOptions;
}

/**
 * Gives the ends of the logs of the attempts made here to the peers that stand by for the job, now and then, and takes
 * theirs: what the process said last is what one wants to know when its peer is gone.
 */
export class LogCopies {
  readonly #parts: LogCopiesParts;
  /** Attempts that said something since their copies were made. */
  readonly #due = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(parts: LogCopiesParts) {
    this.#parts = parts;
    parts.network.onNotice(TAILS, (payload, peer) => this.#take(payload, peer));
  }

  /** An attempt said something here. */
  add(job: string, epoch: number): void {
    this.#due.set(job, epoch);
    this.#timer ??= this.#parts.clock.after(this.#parts.options.logCopyMs, () => this.tell());
  }

  /** Makes the copies that are due. */
  tell(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { book, standbys, options } = this.#parts;
    const ofPeers = new Map<PeerId, Batch>();
    for (const [job, epoch] of this.#due) {
      const lines = book.tail(job, options.logCopyLength, epoch);
      if (lines.length < WORTH_LINES) continue;
      const tail = { job, lines: lines.map(logLineToWire) };
      const length = lines.reduce((sum, { text }) => sum + text.length, 0);
      for (const peer of standbys(job)) {
        const batch = ofPeers.get(peer) ?? { tails: [], length: 0 };
        ofPeers.set(peer, batch);
        if (batch.tails.length > 0 && batch.length + length > WIRE_LIMITS.log) {
          this.#send(peer, batch.tails);
          batch.tails = [];
          batch.length = 0;
        }
        batch.tails.push(tail);
        batch.length += length;
      }
    }
    this.#due.clear();
    for (const [peer, { tails }] of ofPeers) this.#send(peer, tails);
  }

  #send(peer: PeerId, tails: Batch['tails']): void {
    const { network, peers, log } = this.#parts;
    const payload = encodeMessage(pb.LogTailsSchema, { tails });
    const connected = network.isConnected(peer) ? Promise.resolve() : peers.ensureConnected(peer);
    connected
      .then(() => network.notify(peer, TAILS, payload))
      .catch((err) => log.debug({ peer, err }, 'the log of a job could not be copied'));
  }

  #take(payload: Uint8Array, peer: PeerId): void {
    const { book, log, options } = this.#parts;
    try {
      const { tails } = decodeMessage(pb.LogTailsSchema, payload);
      for (const { job, lines } of tails) {
        const id = idFromWire(job);
        const taken = lines
          .slice(-options.logLines)
          .map((line) => logLineFromWire(line, options.logLineLength));
        const epoch = taken[0]?.epoch;
        if (epoch === undefined) continue;
        if (taken.some((line) => line.epoch !== epoch)) {
          throw new GismeshError('MESSAGE_MALFORMED', 'the end of a log is of several attempts');
        }
        book.replace(id, epoch, taken);
      }
    } catch (err) {
      log.debug({ peer, err }, 'the log of a job was not taken');
    }
  }
}

interface Batch {
  tails: Array<{ readonly job: string; readonly lines: ReturnType<typeof logLineToWire>[] }>;
  /** Characters. */
  length: number;
}
