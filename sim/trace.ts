import { hashText } from './hash-text.ts';

/** Texts whose hash is kept: names and labels, a few per machine. Longer ones hardly come again. */
const MAX_TEXTS = 65_536;
const MAX_TEXT_LENGTH = 80;

/**
 * The fingerprint of a run: equal seeds must give equal traces. Two lanes of 32 bits, mixed word by word: nobody
 * tries to forge a trace, and one that would cost as much as the events would be left off.
 */
export class Trace {
  #high = 0x9e3779b9;
  #low = 0x243f6a88;
  #length = 0;
  readonly #texts = new Map<string, number>();

  /** Entries recorded. */
  get length(): number {
    return this.#length;
  }

  /** One entry: something that happened, in words and numbers that come again and again. */
  record(...entry: ReadonlyArray<string | number>): void {
    this.#length += 1;
    this.#mix(entry.length);
    for (const each of entry) {
      if (typeof each === 'string') this.#mix(this.#hashOf(each));
      else this.#number(each);
    }
  }

  /** A delivery, as `record` but without a list: there are millions. */
  delivery(atMs: number, from: string, to: string, label: string, bytes: number): void {
    this.#length += 1;
    this.#number(atMs);
    this.#mix(this.#hashOf(from));
    this.#mix(this.#hashOf(to));
    this.#mix(this.#hashOf(label));
    this.#mix(bytes);
  }

  /** Of everything recorded so far, hexadecimal. */
  hash(): string {
    return [this.#high, this.#low, this.#length].map(hexadecimal).join('');
  }

  /** Times have ten binary digits behind the point. */
  #number(value: number): void {
    const scaled = value * 1024;
    this.#mix(scaled);
    this.#mix(scaled / 2 ** 32);
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x85ebca6b);
    this.#high ^= this.#high >>> 15;
    this.#low = Math.imul(this.#low ^ word ^ this.#high, 0xc2b2ae35);
    this.#low ^= this.#low >>> 13;
  }

  #hashOf(text: string): number {
    if (text.length > MAX_TEXT_LENGTH) return hashText(text);
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    const hash = hashText(text);
    this.#texts.set(text, hash);
    return hash;
  }
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
