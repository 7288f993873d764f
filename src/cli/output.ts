import { setImmediate } from 'node:timers/promises';
import { GismeshError } from '../core/errors.ts';

/** Lines for a reader that does not read are dropped beyond this. */
const MAX_BACKLOG_BYTES = 1024 * 1024;

/** The reader of a pipe has ended: it has seen what it wanted. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'EOF']);

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EDQUOT: 'you may not keep more there',
  EFBIG: 'a file may not be that large there',
  EIO: 'the device fails',
};

/** Standard output of a program that goes on when its reader goes away or stops reading. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #isGone = false;
  /** Why something was lost although its reader had not gone away. */
  #loss: NodeJS.ErrnoException | undefined;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#isGone && !GONE.has(error.code ?? '')) this.#loss = error;
      this.#isGone = true;
    });
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  line(text: string): void {
    if (this.#isGone || this.#stream.writableLength > MAX_BACKLOG_BYTES) return;
    this.#stream.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  /** Resolves once everything written so far is handed over, or the reader is gone, or `timeoutMs` are over. */
  async flushed(timeoutMs: number): Promise<void> {
    if (this.#isGone || this.#stream.writableLength === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.#stream.write('', () => resolve());
    await promise;
    clearTimeout(timer);
  }

  /**
   * Resolves once everything written so far is handed over, or the reader is gone: to be awaited by commands whose
   * result is lost with it.
   *
   * @throws GismeshError `OUTPUT_UNWRITABLE` where something could not be written
   */
  async delivered(): Promise<void> {
    if (!this.#isGone) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#stream.once('error', () => resolve());
      this.#stream.write('', () => resolve());
      await promise;
    }
    // What a write has to say of its failure comes right after its end.
    await setImmediate();
    if (!this.#loss) return;
    const reason = REASONS[this.#loss.code ?? ''] ?? this.#loss.message;
    const message = `The result cannot be written to standard output: ${reason}`;
    throw new GismeshError('OUTPUT_UNWRITABLE', message, { cause: this.#loss });
  }
}
