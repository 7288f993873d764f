/** Repeatable chance (mulberry32): the same seed throws the same. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(of: readonly T[]): T {
    return of[this.int(0, of.length - 1)] as T;
  }

  /** Some bytes of a text flipped, removed, doubled or cut off. */
  mangle(text: string, times: number): string {
    let mangled = text;
    for (let i = 0; i < times; i += 1) {
      const at = this.int(0, mangled.length);
      const to = Math.min(mangled.length, at + this.int(1, 8));
      const [before, part, after] = [mangled.slice(0, at), mangled.slice(at, to), mangled.slice(to)];
      mangled = this.pick([
        () => before + String.fromCharCode(this.int(0x21, 0x7e)) + part.slice(1) + after,
        () => before + after,
        () => before + part + part + after,
        () => before,
        () => after + before,
      ])();
    }
    return mangled;
  }
}
