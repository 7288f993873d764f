import type { Violation } from './checker.ts';

/** One broken promise breaks again at every look; the first times say enough. */
const MAX_KEPT = 20;

/** What one checker has found. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly #checker: string;

  constructor(checker: string) {
    this.#checker = checker;
  }

  add(atMs: number, message: string): void {
    if (this.violations.length < MAX_KEPT) this.violations.push({ checker: this.#checker, atMs, message });
  }
}
