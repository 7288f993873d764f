/**
 * What a drawing's home peer (first in rendezvous order) remembers so that identical requests in flight are
 * drawn once in the whole mesh: which front door is having which drawing made. A claim is a hint with an end:
 * losing one costs a second drawing, never a wrong answer.
 */
export class Claims {
  readonly #claims = new Map<string, { holder: string; until: number }>();
  readonly #limits: { readonly maxClaims: number; readonly claimMs: number };

  constructor(limits: { readonly maxClaims: number; readonly claimMs: number }) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#claims.size;
  }

  /** Who holds a claim at `now`, ms; a peer as often as it holds one. */
  *holders(now: number): Iterable<string> {
    for (const { holder, until } of this.#claims.values()) if (until > now) yield holder;
  }

  /** Claims `key` for `holder`; returns who holds it instead, if somebody else does. `now` in ms. */
  claim(key: string, holder: string, now: number): string | undefined {
    const current = this.#claims.get(key);
    if (current && current.until > now && current.holder !== holder) return current.holder;
    this.#claims.delete(key);
    if (this.#claims.size >= this.#limits.maxClaims) this.#dropOldest();
    this.#claims.set(key, { holder, until: now + this.#limits.claimMs });
    return undefined;
  }

  /** Ends a claim; only its holder can. */
  release(key: string, holder: string): void {
    if (this.#claims.get(key)?.holder === holder) this.#claims.delete(key);
  }

  /** Ends every claim of a peer that is gone. */
  releaseAll(holder: string): void {
    for (const [key, claim] of this.#claims) if (claim.holder === holder) this.#claims.delete(key);
  }

  #dropOldest(): void {
    const oldest = this.#claims.keys().next();
    if (!oldest.done) this.#claims.delete(oldest.value);
  }
}
