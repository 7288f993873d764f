import type { RunResult } from '../../../sim/result.ts';

/** A run of two machines for ten seconds, with what is given. */
export function runResult(given: Partial<RunResult> = {}): RunResult {
  const samples = Array.from({ length: 10 }, (_, second) => ({
    atMs: (second + 1) * 1000,
    busy: 0.5,
    queued: 0,
    up: true,
    ownerActive: false,
  }));
  const machine = { site: 'room', speed: 1, slots: 4, samples };
  return {
    scenario: 'two-machines',
    seed: 1,
    peers: 2,
    policy: 'bid',
    traceHash: 'a1b2',
    partial: false,
    simulatedMs: 10_000,
    requests: 100,
    errors: 0,
    p50: 20,
    p95: 50,
    p99: 100,
    throughput: 10,
    messagesPerRequest: 6,
    coldStarts: 1,
    duplicatedRenders: 2,
    falseSuspicions: 0,
    gossipBytesPerPeerSecond: 400,
    violations: [],
    quantiles: Array.from({ length: 101 }, (_, percent) => percent + 1),
    machines: [
      { peer: 'peer-1', ...machine },
      { peer: 'peer-2', ...machine },
    ],
    timeline: [],
    ...given,
  };
}
