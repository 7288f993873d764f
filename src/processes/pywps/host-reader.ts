import { GismeshError } from '../../core/errors.ts';
import { LineReader } from '../command/progress-reader.ts';
import type { TaskContext } from '../process.ts';
import { type HostMessage, hostMessage } from './messages.ts';

/** Lines of a host that died which its error repeats. */
const KEPT_LINES = 5;
const NEWLINE = 10;

type Told = Exclude<HostMessage, { kind: 'progress' }>;

/** Takes apart what a host writes: messages on stdout, words for the log on stderr. */
export class HostReader {
  /** Who hears of progress and words; nobody does between runs. */
  listener: Pick<TaskContext, 'onProgress' | 'log'> | undefined;
  readonly #lines = new LineReader(KEPT_LINES, (line) => this.listener?.log(line));
  #rest: Buffer[] = [];
  #next = Promise.withResolvers<Told>();

  constructor() {
    this.#next.promise.catch(() => {});
  }

  /** The last lines of stderr. */
  get lastWords(): string {
    this.#lines.end();
    return this.#lines.last.join(' | ');
  }

  read(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    if (stream === 'stderr') {
      this.#lines.read(chunk.toString('utf8'));
      return;
    }
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...this.#rest, chunk.subarray(from, at)]).toString('utf8');
      this.#rest = [];
      from = at + 1;
      this.#take(line);
    }
    if (from < chunk.length) this.#rest.push(chunk.subarray(from));
  }

  /** What the host says next, progress apart. Rejects `PROCESS_UNAVAILABLE` for what is no message. */
  async next(): Promise<Told> {
    const told = await this.#next.promise;
    this.#next = Promise.withResolvers();
    this.#next.promise.catch(() => {});
    return told;
  }

  /** It will say nothing more. */
  fail(error: unknown): void {
    this.#next.reject(error);
  }

  #take(line: string): void {
    let message: HostMessage;
    try {
      message = hostMessage.parse(JSON.parse(line));
    } catch (cause) {
      const reason = 'The Python process said what cannot be understood';
      this.fail(new GismeshError('PROCESS_UNAVAILABLE', reason, { cause }));
      return;
    }
    if (message.kind === 'progress') this.listener?.onProgress(message.percent, message.message);
    else this.#next.resolve(message);
  }
}
