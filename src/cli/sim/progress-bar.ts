import { styleText } from 'node:util';
import type { BatchProgress } from '../../../sim/batch.ts';

const CELLS = 28;
const REDRAW_MS = 100;
/** Before this share an estimate would be a guess. */
const ESTIMATE_FROM = 0.02;
const CLEAR_LINE = '\r\u001b[K';

/** One line on a terminal that tells how far the simulation is; nothing anywhere else. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #runs: number;
  readonly #began = performance.now();
  #drawnAt = -REDRAW_MS;
  #isDrawn = false;

  constructor(runs: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#runs = runs;
    this.#stream = stream;
  }

  show(progress: BatchProgress): void {
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const text = progressLine(progress, this.#runs, now - this.#began);
    const full = Math.round(progress.share * CELLS);
    const bar = styleText('cyan', '█'.repeat(full)) + styleText('dim', '░'.repeat(CELLS - full));
    this.#stream.write(`${CLEAR_LINE}${bar} ${text}`);
  }

  clear(): void {
    if (this.#isDrawn) this.#stream.write(CLEAR_LINE);
  }
}

/** `42 %  12 s of 60 s simulated, 3 of 10 runs, about 40 s left`. */
export function progressLine(progress: BatchProgress, runs: number, elapsedMs: number): string {
  const { share, simulatedMs, totalMs, ended } = progress;
  const parts = [`${seconds(simulatedMs)} of ${seconds(totalMs)} simulated`];
  if (runs > 1) parts.push(`${ended} of ${runs} runs`);
  if (share >= ESTIMATE_FROM) parts.push(`about ${seconds((elapsedMs * (1 - share)) / share)} left`);
  return `${String(Math.floor(share * 100)).padStart(3)} %  ${parts.join(', ')}`;
}

function seconds(ms: number): string {
  const whole = Math.round(ms / 1000);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
