/** Randomness as the product sees it: the machine's in production, seeded in the simulator. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `length` random bytes. Cryptographic in production. */
  bytes(length: number): Uint8Array;
}

/** Uniform integer in [0, bound). */
export function randomInteger(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}
