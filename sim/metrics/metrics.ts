import { DOOR_DIED } from '../load/clients.ts';
import type { RunResult } from '../result.ts';
import type { Room } from '../room.ts';
import type { RunEvent } from '../run-event.ts';
import { JobMetrics } from './jobs.ts';
import { Messages } from './messages.ts';

/** Events kept for the timeline; later ones are left out. */
const MAX_TIMELINE = 2_000;

export type Figures = Pick<
  RunResult,
  | 'requests'
  | 'errors'
  | 'p50'
  | 'p95'
  | 'p99'
  | 'throughput'
  | 'messagesPerRequest'
  | 'coldStarts'
  | 'duplicatedRenders'
  | 'falseSuspicions'
  | 'gossipBytesPerPeerSecond'
  | 'jobs'
  | 'quantiles'
  | 'timeline'
>;

/** Counts what happens in a room from the end of the warm-up until `untilMs`. */
export class Metrics {
  readonly #room: Room;
  readonly #fromMs: number;
  readonly #untilMs: number;
  readonly #messages = new Messages();
  readonly #jobs: JobMetrics;
  readonly #latencies: number[] = [];
  readonly #timeline: RunEvent[] = [];
  readonly #counted = new Set<number>();
  readonly #drawn = new Set<string>();
  #requests = 0;
  #errors = 0;
  #inTime = 0;
  #coldStarts = 0;
  #renders = 0;
  #suspicionsBefore = 0;

  constructor(room: Room, fromMs: number, untilMs: number) {
    this.#room = room;
    this.#fromMs = fromMs;
    this.#untilMs = untilMs;
    this.#jobs = new JobMetrics(room);
    room.observe((event) => this.#see(event));
    room.world.fabric.observe((delivery) => {
      if (this.#counts(delivery.atMs)) this.#messages.count(delivery);
    });
    room.world.time.at(fromMs, () => {
      this.#suspicionsBefore = room.falseSuspicions;
    });
  }

  figures(): Figures {
    const sorted = Float64Array.from(this.#latencies).sort();
    const seconds = Math.max(0, Math.min(this.#room.nowMs, this.#untilMs) - this.#fromMs) / 1_000;
    const peerSeconds = seconds * this.#room.seats.length;
    const jobs = this.#jobs.figures();
    return {
      requests: this.#requests,
      errors: this.#errors,
      p50: quantile(sorted, 0.5),
      p95: quantile(sorted, 0.95),
      p99: quantile(sorted, 0.99),
      throughput: ratio(this.#inTime, seconds),
      messagesPerRequest: ratio(this.#messages.requestMessages, this.#requests),
      coldStarts: this.#coldStarts,
      duplicatedRenders: this.#renders - this.#drawn.size,
      falseSuspicions: this.#room.falseSuspicions - this.#suspicionsBefore,
      gossipBytesPerPeerSecond: ratio(this.#messages.gossipBytes, peerSeconds),
      quantiles: Array.from({ length: 101 }, (_, percent) => quantile(sorted, percent / 100)),
      timeline: this.#timeline,
      ...(jobs && { jobs }),
    };
  }

  #counts(atMs: number): boolean {
    return atMs >= this.#fromMs && atMs < this.#untilMs;
  }

  #see(event: RunEvent): void {
    switch (event.kind) {
      case 'request-sent':
        if (!this.#counts(event.atMs)) return;
        this.#counted.add(event.id);
        this.#requests += 1;
        return;
      case 'request-answered':
        if (!this.#counted.delete(event.id)) return;
        this.#latencies.push(event.latencyMs);
        if (!event.right) this.#errors += 1;
        else if (event.atMs < this.#untilMs) this.#inTime += 1;
        return;
      case 'request-failed':
        if (this.#counted.delete(event.id) && event.code !== DOOR_DIED) this.#errors += 1;
        return;
      case 'drawn':
        this.#seeDrawn(event);
        return;
      default:
        if (event.kind.startsWith('job-') && event.kind !== 'job-moved') return;
        if (this.#timeline.length < MAX_TIMELINE) this.#timeline.push(event);
    }
  }

  #seeDrawn({ atMs, key, cold }: Extract<RunEvent, { kind: 'drawn' }>): void {
    if (!this.#counts(atMs)) return;
    this.#renders += 1;
    this.#drawn.add(key);
    if (cold) this.#coldStarts += 1;
  }
}

/** By the nearest rank; 0 when nothing was measured. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function ratio(count: number, of: number): number {
  return of > 0 ? count / of : 0;
}
