import type { Clock, Timer } from '../platform/clock.ts';
import { type ProgressShares, percentOf } from './progress-shares.ts';

interface ProgressTellerParts {
  readonly clock: Clock;
  /** Between writings, ms. */
  readonly everyMs: number;
  readonly shares: ProgressShares;
  /** Of the whole job, 0 to 99: outputs are still to be kept. The message is '' for none. Does not reject. */
  readonly write: (percent: number, message: string) => Promise<void>;
  /** For who looks at the job's log. */
  readonly note: (line: string) => void;
}

/** Writes the progress of one attempt now and then: of what is told meanwhile the last, one after the other. */
export class ProgressTeller {
  readonly #parts: ProgressTellerParts;
  #news: { readonly progress: number; readonly message: string } | undefined;
  /** The last message of it. */
  #said = '';
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(parts: ProgressTellerParts) {
    this.#parts = parts;
  }

  /** An empty message is none; it leaves the one before. */
  tell(part: Parameters<typeof percentOf>[0], percent: number, text: string): void {
    if (this.#ended) return;
    const { clock, everyMs, shares, note } = this.#parts;
    const message = text || (this.#news?.message ?? '');
    const progress = percentOf(part, percent, shares);
    if (text !== '' && text !== this.#said) {
      note(`${Math.floor(progress)} % ${text}`);
      this.#said = text;
    }
    this.#news = { progress, message };
    this.#timer ??= clock.after(everyMs, () => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    });
  }

  /** Writes nothing any more; resolves when the last writing is done. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#timer?.cancel();
    await this.#writing;
  }

  async #write(): Promise<void> {
    const news = this.#news;
    this.#news = undefined;
    if (news && !this.#ended) await this.#parts.write(Math.min(99, news.progress), news.message);
  }
}
