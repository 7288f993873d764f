import { lastMatch } from './bounded-search.ts';

/** Kept of what a program writes, for patterns that reach over two chunks. */
const TAIL_LENGTH = 512;
const MAX_LINE_LENGTH = 1000;

/** Finds the newest percentage in what a program writes, also where it writes without ends of lines, as GDAL does. */
export class ProgressReader {
  readonly #pattern: RegExp;
  readonly #dot: number;
  readonly #of: number;
  #tail = '';

  constructor({ pattern, dot, of }: { readonly pattern: string; readonly dot: number; readonly of: number }) {
    this.#pattern = new RegExp(pattern, 'g');
    this.#dot = dot;
    this.#of = of;
  }

  /** 0 to 100; undefined where the text tells none. Throws `PatternTooSlow`. */
  read(text: string): number | undefined {
    this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
    const [, found, dots = ''] = lastMatch(this.#tail, this.#pattern) ?? [];
    const percent = ((Number(found) + dots.length * this.#dot) / this.#of) * 100;
    return found === undefined || !Number.isFinite(percent) ? undefined : Math.min(100, Math.max(0, percent));
  }
}

/** Splits what a program writes into lines, carriage returns being ends too; keeps the last few. */
export class LineReader {
  readonly last: string[] = [];
  readonly #kept: number;
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(kept: number, onLine: (line: string) => void) {
    this.#kept = kept;
    this.#onLine = onLine;
  }

  read(text: string): void {
    const lines = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const line of lines) this.#take(line);
  }

  end(): void {
    this.#take(this.#rest);
    this.#rest = '';
  }

  #take(line: string): void {
    const text = line.trim().slice(0, MAX_LINE_LENGTH);
    if (text === '') return;
    this.last.push(text);
    if (this.last.length > this.#kept) this.last.shift();
    this.#onLine(text);
  }
}
