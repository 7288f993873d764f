import { exponential, quantile, seeded } from './distributions.ts';
import type { Scenario } from './scenario.ts';
import type { Result } from './simulate.ts';

/**
 * What no policy can beat where all machines are equal: one queue for the whole mesh, whose head goes to the
 * worker that is free first, with no messages and no time on the way.
 */
export function oneQueue(scenario: Scenario, seed: number): Result {
  const { arrivals, arrivalsPerMs, durationMs, warmUpMs, peers } = scenario;
  const random = seeded(seed);
  const nextWork = scenario.work(seeded(seed + 1_000));
  const freeAtMs = peers.flatMap((peer) => new Array<number>(peer.slots).fill(0));
  const latencies: number[] = [];
  let inTime = 0;
  for (let nowMs = 0; nowMs < durationMs; ) {
    const first = freeAtMs.indexOf(Math.min(...freeAtMs));
    const endMs = Math.max(nowMs, freeAtMs[first]!) + nextWork().serviceMs;
    freeAtMs[first] = endMs;
    if (nowMs >= warmUpMs) {
      latencies.push(endMs - nowMs);
      if (endMs <= durationMs) inTime += 1;
    }
    nowMs += arrivals === 'even' ? 1 / arrivalsPerMs : exponential(1 / arrivalsPerMs, random);
  }
  latencies.sort((a, b) => a - b);
  return {
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    p99Ms: quantile(latencies, 0.99),
    messages: 0,
    coldStarts: 0,
    hedges: 0,
    throughput: inTime / latencies.length,
    refused: 0,
  };
}
