import { createHash } from 'node:crypto';

/** Lines hashed together: one call per line would cost more than the simulation. */
const BATCH = 1024;

/** The fingerprint of a run: equal seeds must give equal traces. */
export class Trace {
  readonly #hash = createHash('sha256');
  #batch: string[] = [];
  #length = 0;

  /** Lines recorded. */
  get length(): number {
    return this.#length;
  }

  record(line: string): void {
    this.#length += 1;
    if (this.#batch.push(line) >= BATCH) this.#flush();
  }

  /** Of everything recorded so far, hexadecimal. */
  hash(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    this.#hash.update(`${this.#batch.join('\n')}\n`);
    this.#batch = [];
  }
}
