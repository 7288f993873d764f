/**
 * Latencies, ms, of a single queue before all workers that costs nothing and never errs: no placement can do better
 * with the same arrivals. `due`: when the requests come, ms, in order.
 */
export function perfectQueue(due: Iterable<number>, workers: number, serviceMs: number): number[] {
  const freeAt = new Array<number>(workers).fill(0);
  return Array.from(due, (at) => {
    const first = freeAt.indexOf(Math.min(...freeAt));
    const begins = Math.max(at, freeAt[first]!);
    freeAt[first] = begins + serviceMs;
    return begins + serviceMs - at;
  });
}
