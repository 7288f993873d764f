/** Lines for a reader that does not read are dropped beyond this. */
const MAX_BACKLOG_BYTES = 1024 * 1024;

/** Standard output of a program that goes on when its reader goes away or stops reading. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #isGone = false;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
    stream.on('error', () => {
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
}
