import type { Random } from '../src/platform/random.ts';

/** Log-normal with mean 1. */
export function logNormal(sigma: number, random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Math.exp(sigma * normal - (sigma * sigma) / 2);
}

/** Probabilities of 0 .. count - 1, proportional to 1 / (rank + 1)^exponent. */
export function zipfShares(count: number, exponent: number): number[] {
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Draws an index with the given probabilities, which are 1 together. */
export function drawer(shares: readonly number[]): (random: Random) => number {
  let sum = 0;
  const cumulative = shares.map((share) => {
    sum += share;
    return sum;
  });
  return (random) => {
    const target = random.next() * sum;
    let low = 0;
    let high = cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
