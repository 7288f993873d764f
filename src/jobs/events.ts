import { isTerminal, type JobState } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import type { StatusMap } from './status-map.ts';

/** What happens to a job, in the words of GeoServer's GSIP 119. */
export type JobEventKind = 'submitted' | 'progress' | 'completed' | 'cancelled' | 'failed';

export interface JobEvent {
  readonly kind: JobEventKind;
  /** The job after it. */
  readonly record: StatusRecord;
  /** The peer that tells: it hears of the jobs of all peers. */
  readonly self: PeerId;
  /** The first that is heard of this attempt. */
  readonly isNewAttempt: boolean;
}

/** Whoever wants to know what happens to jobs. */
export interface JobListener {
  /** For messages. */
  readonly name: string;
  /** Must not wait; what it throws is logged, and harms neither the job nor the other listeners. */
  heard(event: JobEvent): void;
}

interface Phase {
  readonly state: JobState;
  readonly epoch: number;
}

/** Jobs whose last event is remembered, so that no end is told twice; beyond it those told longest ago go. */
const MAX_REMEMBERED = 10_000;

/**
 * Tells what becomes of the jobs of the mesh, as this peer hears of it. A peer that hears of a job late is told its
 * later events only: an end needs no beginning.
 */
export class JobEvents {
  readonly #self: PeerId;
  readonly #log: Log;
  readonly #listeners = new Set<JobListener>();
  readonly #phases = new Map<string, Phase>();

  constructor(parts: { self: PeerId; map: StatusMap; log: Log }) {
    this.#self = parts.self;
    this.#log = parts.log;
    parts.map.onChange((record) => this.#heard(record));
  }

  /** Returns the removal of the listener. */
  add(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #heard(record: StatusRecord): void {
    const { id, state, epoch } = record.status;
    const before = this.#phases.get(id);
    // What follows an end is told only when it is another end: a dismissal, or the rule between two of them.
    if (before?.state === state && isTerminal(state)) return;
    this.#remember(id, { state, epoch });
    const isNewAttempt = epoch > 0 && epoch !== before?.epoch;
    const event: JobEvent = { kind: kindOf(record), record, self: this.#self, isNewAttempt };
    for (const listener of this.#listeners) {
      try {
        listener.heard(event);
      } catch (error) {
        this.#log.error({ job: id, listener: listener.name, err: error }, 'a listener of job events failed');
      }
    }
  }

  #remember(id: string, phase: Phase): void {
    this.#phases.delete(id);
    this.#phases.set(id, phase);
    if (this.#phases.size > MAX_REMEMBERED) this.#phases.delete(this.#phases.keys().next().value as string);
  }
}

function kindOf({ status: { state, epoch } }: StatusRecord): JobEventKind {
  switch (state) {
    case 'accepted':
      return epoch === 0 ? 'submitted' : 'progress';
    case 'running':
      return 'progress';
    case 'successful':
      return 'completed';
    case 'failed':
      return 'failed';
    case 'dismissed':
      return 'cancelled';
  }
}
