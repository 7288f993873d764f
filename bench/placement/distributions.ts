/** Random numbers of the experiment: seeded, so that every policy meets the same arrivals and work. */
export type Uniform = () => number;

/** SplitMix-style generator on 32-bit arithmetic; uniform in [0, 1). */
export function seeded(seed: number): Uniform {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

export function exponential(meanMs: number, random: Uniform): number {
  return -meanMs * Math.log(1 - random());
}

/** Log-normal with mean 1. */
export function logNormal(sigma: number, random: Uniform): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(sigma * normal - (sigma * sigma) / 2);
}

/** Draws 0 .. count-1 with probability proportional to 1 / (rank + 1)^exponent. */
export function zipf(count: number, exponent: number, random: Uniform): () => number {
  const cumulative: number[] = [];
  let total = 0;
  for (let rank = 0; rank < count; rank += 1) {
    total += 1 / (rank + 1) ** exponent;
    cumulative.push(total);
  }
  return () => {
    const target = random() * total;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
