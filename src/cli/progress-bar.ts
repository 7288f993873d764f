import { printable } from './table.ts';

const WIDTH = 30;

/** Progress on one line of the terminal; nothing where standard error is none. */
export class ProgressBar {
  #last = '';

  show(percent: number, message: string): void {
    if (!process.stderr.isTTY) return;
    const done = Math.round((Math.min(100, Math.max(0, percent)) / 100) * WIDTH);
    const room = Math.max(0, (process.stderr.columns || 80) - WIDTH - 10);
    const line = `[${'#'.repeat(done)}${'.'.repeat(WIDTH - done)}] ${percent} % ${printable(message).slice(0, room)}`;
    if (line === this.#last) return;
    process.stderr.write(`\r\u001b[K${line}`);
    this.#last = line;
  }

  end(): void {
    if (this.#last !== '') process.stderr.write('\r\u001b[K');
    this.#last = '';
  }
}
