import { styleText } from 'node:util';
import type { PolicyFigures } from '../../../sim/comparison.ts';
import { counted, digits, duration, longTime, share, waited, whole } from '../../../sim/report/numbers.ts';
import { isBound } from '../../../sim/report/policies.ts';
import type { Output } from '../output.ts';
import { printable, table } from '../table.ts';

/** Violations that are shown one by one. */
const SHOWN_VIOLATIONS = 10;

/** What a simulation gave, for people. */
export function showSummary(output: Output, policies: readonly PolicyFigures[]): void {
  const first = policies[0];
  if (!first) {
    output.line('Interrupted before anything could be seen.');
    return;
  }
  const seeds = first.seeds.length > 1 ? `medians of seeds ${first.seeds.join(', ')}` : `seed ${first.seed}`;
  output.line(
    `${styleText('bold', printable(first.scenario))}: ${counted(first.peers, 'peer')}, ` +
      `${longTime(first.simulatedMs)} simulated, ${seeds}${isPartial(policies) ? ', interrupted' : ''}`,
  );
  output.line('');
  output.line(table(HEADER, policies.map(row)));
  for (const line of policies.flatMap(jobLine)) output.line(line);
  if (policies.some(({ policy }) => isBound(policy)) && policies.length > 1)
    output.line(styleText('dim', `\n${BOUNDS}`));
  if (policies.length === 1) output.line(styleText('dim', `\ntrace ${first.traceHashes.join(' ')}`));
}

const BOUNDS =
  'The best first, by P99. bid is gismesh’s own. ask-all and omniscient are bounds that no room would run.';

const HEADER = [
  'POLICY',
  'P50',
  'P95',
  'P99',
  'REQUESTS',
  'FAILED',
  'ANSWERS/S',
  'MESSAGES/REQUEST',
  'COLD STARTS',
  'DRAWN TWICE',
];

function row(run: PolicyFigures): string[] {
  return [
    run.policy,
    waited(run, run.p50),
    waited(run, run.p95),
    waited(run, run.p99),
    whole(run.requests),
    run.errors === 0 ? '0' : `${whole(run.errors)} (${share(run.errors, run.requests)})`,
    digits(run.throughput),
    digits(run.messagesPerRequest),
    whole(run.coldStarts),
    whole(run.duplicatedRenders),
  ];
}

/** What became of the jobs of a run, where there were any. */
function jobLine({ policy, jobs }: PolicyFigures): string[] {
  if (!jobs) return [];
  const { accepted, refused, successful, failed, dismissed, moved, p50, p95 } = jobs;
  const ends = `${whole(successful)} successful, ${whole(failed)} failed, ${whole(dismissed)} dismissed`;
  return [
    `\n${policy}: ${counted(accepted, 'job')}${refused > 0 ? ` (${whole(refused)} refused)` : ''}: ${ends}, ` +
      `${whole(moved)} taken over; p50 ${duration(p50)}, p95 ${duration(p95)}`,
  ];
}

/** Whether it was played to its end and nobody asked for anything that counts. */
export function isIdle(policies: readonly PolicyFigures[]): boolean {
  return policies.every(({ requests, jobs, partial }) => requests === 0 && !jobs && !partial);
}

function isPartial(policies: readonly PolicyFigures[]): boolean {
  return policies.some(({ partial }) => partial);
}

/** What was broken, and the command line that shows it again, for stderr. */
export function violationLines(
  policies: readonly PolicyFigures[],
  replay: (policy: PolicyFigures) => string,
): string[] {
  return policies
    .filter(({ violations }) => violations.length > 0)
    .flatMap((run) => [
      styleText('red', `${run.policy}: ${counted(run.violations.length, 'violation')}`),
      ...run.violations
        .slice(0, SHOWN_VIOLATIONS)
        .map(
          ({ checker, atMs, message }) => `  ${checker} at ${digits(atMs / 1000)} s: ${printable(message)}`,
        ),
      ...(run.violations.length > SHOWN_VIOLATIONS
        ? [`  and ${run.violations.length - SHOWN_VIOLATIONS} more`]
        : []),
      `  replay: ${replay(run)}`,
    ]);
}
