/*
 * What the supervisor asks of a kind of worker: a process of its own that does one task at a time and may be
 * killed at any moment. Mapnik's is a fork of Node; a FastCGI server is another.
 */

/** One living worker process. */
export interface WorkerProcess<Task, Answer> {
  readonly pid: number;
  /** Does one task; never called while another runs. Rejects typed when it fails or the process dies. */
  run(task: Task): Promise<Answer>;
  /** Whether the process has what `key` stands for (a project version) open. */
  holds(key: string): boolean;
  /** Resolves once the process is gone, with how it ended: `signal SIGSEGV`, `exit code 1`. */
  readonly exited: Promise<string>;
  /** SIGKILL; idempotent. */
  kill(): void;
}

export interface WorkerKind<Task, Answer> {
  /** For messages, e.g. `mapnik`. */
  readonly name: string;
  /**
   * Starts a process and resolves when it takes tasks; aborting kills it.
   *
   * @throws GismeshError `ENGINE_UNAVAILABLE`
   */
  start(signal: AbortSignal): Promise<WorkerProcess<Task, Answer>>;
  /** The task that makes a worker close what `key` stands for. */
  release(key: string): Task;
}
