import type { Violation } from './checkers/checker.ts';
import type { JobFigures } from './metrics/jobs.ts';
import type { RunResult } from './result.ts';

/** What a run gave without what is drawn from it: small enough for a line of JSON. */
export type RunFigures = Omit<RunResult, 'machines' | 'timeline' | 'quantiles'>;

/** What is compared of a run. */
export interface PlayedRun {
  readonly figures: RunFigures;
  /** Latencies at the shares 0, 0.01, .. 1 of the requests, ms. */
  readonly quantiles: readonly number[];
}

/** A violation and the seed of the run in which it was seen. */
interface SeededViolation extends Violation {
  readonly seed: number;
}

/** The runs of one policy put together: medians over the seeds, violations of all of them. */
export interface PolicyFigures extends RunFigures {
  readonly violations: readonly SeededViolation[];
  readonly seeds: readonly number[];
  readonly traceHashes: readonly string[];
  readonly quantiles: readonly number[];
}

export function figuresOf(result: RunResult): RunFigures {
  const { machines: _machines, timeline: _timeline, quantiles: _quantiles, ...figures } = result;
  return figures;
}

const MEASURED = [
  'simulatedMs',
  'requests',
  'errors',
  'p50',
  'p95',
  'p99',
  'throughput',
  'messagesPerRequest',
  'coldStarts',
  'duplicatedRenders',
  'falseSuspicions',
  'gossipBytesPerPeerSecond',
] as const;

/**
 * Puts the runs of each policy together, the best p99 first, those that fail requests last. Every figure is a median of its own: p50 and p99 may
 * come from different seeds.
 *
 * @param runs of one scenario; those of one policy differ in their seed
 */
export function comparison(runs: readonly PlayedRun[]): PolicyFigures[] {
  const byPolicy = Map.groupBy(runs, ({ figures }) => figures.policy);
  return [...byPolicy.values()].map(together).sort((a, b) => fails(a) - fails(b) || a.p99 - b.p99);
}

/** Its p99 is of those that were answered: where one of a hundred is not, or none came yet, it is none to win by. */
function fails({ errors, requests }: RunFigures): number {
  return Number(requests === 0 || errors >= 0.01 * requests);
}

function together(runs: readonly PlayedRun[]): PolicyFigures {
  const bySeed = [...runs].sort((a, b) => a.figures.seed - b.figures.seed);
  const all = bySeed.map(({ figures }) => figures);
  const first = all[0]!;
  const medians = Object.fromEntries(MEASURED.map((name) => [name, median(all.map((run) => run[name]))]));
  const jobs = all.flatMap((run) => run.jobs ?? []);
  return {
    ...first,
    ...medians,
    ...(jobs.length > 0 && { jobs: medianJobs(jobs) }),
    partial: all.some(({ partial }) => partial),
    violations: all.flatMap(({ seed, violations }) => violations.map((one) => ({ ...one, seed }))),
    seeds: all.map(({ seed }) => seed),
    traceHashes: all.map(({ traceHash }) => traceHash),
    quantiles: bySeed[0]!.quantiles.map((_, index) =>
      median(bySeed.map(({ quantiles }) => quantiles[index]!)),
    ),
  };
}

function medianJobs(runs: readonly JobFigures[]): JobFigures {
  const names = Object.keys(runs[0]!) as (keyof JobFigures)[];
  const medians = names.map((name) => [name, median(runs.map((run) => run[name]))]);
  return Object.fromEntries(medians) as JobFigures;
}

/** The middle one, the lower of two. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
