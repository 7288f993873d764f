import { byId } from '../src/dom.ts';
import { clockTime } from './clock-time.ts';
import type { Run } from './run.ts';

/** Playing takes this long from the beginning to the end. */
const PLAY_MS = 24_000;

/** The run and the moment of it that all pictures show; steered by the slider, the play button and the pictures. */
export class Moment {
  run: Run;
  column = 0;
  readonly #listeners: (() => void)[] = [];
  readonly #slider = byId<HTMLInputElement>('moment');
  readonly #button = byId<HTMLButtonElement>('play');
  #frame: number | undefined;

  constructor(run: Run) {
    this.run = run;
    this.#slider.addEventListener('input', () => this.go(Number(this.#slider.value)));
    this.#button.addEventListener('click', () => (this.#frame === undefined ? this.#play() : this.#pause()));
    this.show(run);
    // A third of the way everything is up and busy.
    this.go(Math.floor(run.columns / 3));
  }

  get atMs(): number {
    return (this.column + 0.5) * this.run.data.columnMs;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  show(run: Run): void {
    const share = this.column / Math.max(1, this.run.columns - 1);
    this.run = run;
    this.#slider.max = String(run.columns - 1);
    this.go(Math.round(share * (run.columns - 1)));
  }

  go(column: number): void {
    this.column = Math.min(this.run.columns - 1, Math.max(0, column));
    this.#slider.value = String(this.column);
    this.#slider.setAttribute('aria-valuetext', clockTime(this.atMs));
    byId('clock').textContent = clockTime(this.atMs);
    for (const listener of this.#listeners) listener();
  }

  #play(): void {
    if (this.column >= this.run.columns - 1) this.go(0);
    const from = this.column;
    const began = performance.now();
    this.#button.textContent = 'Pause';
    this.#button.setAttribute('aria-pressed', 'true');
    const step = () => {
      const column = from + Math.floor(((performance.now() - began) / PLAY_MS) * this.run.columns);
      if (column !== this.column) this.go(column);
      if (this.column >= this.run.columns - 1) this.#pause();
      else this.#frame = requestAnimationFrame(step);
    };
    this.#frame = requestAnimationFrame(step);
  }

  #pause(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#button.textContent = 'Play';
    this.#button.setAttribute('aria-pressed', 'false');
  }
}
