import type { JobEvent, JobEventKind, JobListener } from '../jobs/events.ts';
import type { Log } from '../platform/log.ts';

const SENTENCES: Readonly<Record<JobEventKind, string>> = {
  submitted: 'a job was accepted',
  progress: 'a job goes on',
  completed: 'a job is done',
  cancelled: 'a job was dismissed',
  failed: 'a job failed',
};

/** Writes what becomes of jobs into the peer's log: of its own as information, of others' for who looks closely. */
export class JobLogListener implements JobListener {
  readonly name = 'log';
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  heard({ kind, record: { status }, self, isNewAttempt }: JobEvent): void {
    const { id, process, user, owner, submitter, epoch, progress, message } = status;
    const isOwn = owner === self || submitter === self;
    const isWorthTelling = kind !== 'progress' || isNewAttempt;
    const level = isOwn && isWorthTelling ? 'info' : 'debug';
    this.#log[level]({ job: id, process, user, node: owner, epoch, progress, message }, SENTENCES[kind]);
  }
}
