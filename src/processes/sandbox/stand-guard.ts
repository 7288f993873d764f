import { type ChildProcess, spawn } from 'node:child_process';

/** Waits for a line; when there is none any more, whoever would have written it is dead. */
const SCRIPT = 'read -r line || kill -9 "$@"';

/**
 * Ends processes that were stopped when the peer dies before it has them go on: they notice nothing themselves, and would
 * keep their memory for ever.
 */
export class StandGuard {
  readonly #child: ChildProcess;

  constructor(pids: Iterable<number>) {
    this.#child = spawn('/bin/sh', ['-c', SCRIPT, 'stand-guard', ...Array.from(pids, String)], {
      env: {},
      // What is sent to the group of the peer is not for it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#child.on('error', () => {});
    this.#child.stdin?.on('error', () => {});
    this.#child.unref();
  }

  /** They go on, or are gone. */
  dismiss(): void {
    this.#child.stdin?.end('\n');
  }
}
