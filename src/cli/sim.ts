import { type BatchResult, type BatchRun, playAll } from '../../sim/batch.ts';
import { comparison, type PolicyFigures } from '../../sim/comparison.ts';
import type { ReportData } from '../../sim/report/data.ts';
import { writeReport } from '../../sim/report/report.ts';
import { siteLinks } from '../../sim/report/site-links.ts';
import { CONTENDERS } from '../../sim/result.ts';
import { loadScenario, shippedScenarios } from '../../sim/scenario/load.ts';
import type { Scenario } from '../../sim/scenario/schema.ts';
import { version } from '../version.ts';
import { ExitCode } from './exit-codes.ts';
import { reportToPeople } from './failure.ts';
import { Output } from './output.ts';
import { replayCommand } from './sim/command-line.ts';
import {
  checkScenarioNamed,
  findScenario,
  type GivenSimOptions,
  policyOf,
  type SimOptions,
  seedsOf,
} from './sim/options.ts';
import { ProgressBar } from './sim/progress-bar.ts';
import { checkReport } from './sim/report-file.ts';
import { isIdle, showSummary, violationLines } from './sim/summary.ts';
import type { StopSignals } from './stop-signals.ts';
import { table } from './table.ts';

/** Plays a scenario, with one policy or with all, until `signals` ask it to end; without one it lists those there are. */
export async function sim(
  name: string | undefined,
  given: GivenSimOptions,
  signals: StopSignals,
): Promise<void> {
  const output = new Output();
  const options = { seed: 1, seeds: 1, ...given };
  if (name === undefined && !options.list) checkScenarioNamed(given);
  if (name === undefined || options.list) await list(output, options);
  else await play(output, name, options, signals);
  try {
    await output.delivered();
  } catch (error) {
    // Not thrown: the error would go to where nothing can be written.
    reportToPeople(error);
    process.exitCode = ExitCode.failed;
  }
}

async function list(output: Output, { json }: SimOptions): Promise<void> {
  const scenarios = await Promise.all(shippedScenarios().map(loadScenario));
  if (json) {
    output.json(scenarios.map(({ name, description, peers }) => ({ name, description, peers })));
    return;
  }
  const rows = scenarios.map(({ name, description, peers }) => [name, String(peers), firstLine(description)]);
  output.line(table(['SCENARIO', 'PEERS', 'WHAT IT SHOWS'], rows));
  output.line('\nPlay one: gismesh sim classroom-30 --report report.html');
}

function firstLine(description: string): string {
  return /^[^\n]*?[.:](?=\s|$)/.exec(description)?.[0].replace(/[.:]$/, '') ?? description;
}

async function play(output: Output, name: string, options: SimOptions, signals: StopSignals): Promise<void> {
  const controller = new AbortController();
  const scenario = await findScenario(name, options);
  const runs = runsOf(scenario, options);
  if (options.report !== undefined) await checkReport(options.report, name);
  const bar = new ProgressBar(runs.length);
  signals.asked.then(() => {
    bar.clear();
    process.stderr.write('gismesh: ending soon, with what there is; Ctrl+C again ends at once\n');
    controller.abort();
  });
  const played = await playAll(scenario, runs, {
    withReport: ({ seed }) => options.report !== undefined && seed === options.seed,
    onProgress: (progress) => {
      if (!options.json) bar.show(progress);
    },
    signal: controller.signal,
  }).finally(() => bar.clear());
  const policies = comparison(played);
  const isPartial = played.length < runs.length || policies.some(({ partial }) => partial);
  const command = replayCommand(name, options);
  const { report: file } = options;
  let failure: unknown;
  if (file !== undefined) {
    const data = reportData(scenario, played, policies, isPartial);
    await writeReport(file, { data, policies, command, version: version() }).catch((error) => {
      failure = error;
    });
  }
  tell(output, name, { options, policies, isPartial, command, isWritten: failure === undefined });
  // The figures are told all the same; on stdout they are the one object.
  if (failure !== undefined) reportToPeople(failure);
  if (failure !== undefined) process.exitCode = ExitCode.failed;
}

function runsOf(scenario: Scenario, options: SimOptions): BatchRun[] {
  const { peers, policy, until, compare } = options;
  const chosen = policy === undefined ? scenario.policy : policyOf(policy);
  const more = {
    ...(peers === undefined ? {} : { peers }),
    ...(until === undefined ? {} : { untilMs: until }),
  };
  return seedsOf(options).flatMap((seed) =>
    (compare ? CONTENDERS : [chosen]).map((contender) => ({ seed, policy: contender, ...more })),
  );
}

function reportData(
  scenario: Scenario,
  played: readonly BatchResult[],
  policies: readonly PolicyFigures[],
  partial: boolean,
): ReportData {
  const runs = played.flatMap(({ report }) => (report ? [report] : []));
  const best = new Map(policies.map(({ policy }, index) => [policy, policy === 'bid' ? -1 : index]));
  return {
    scenario: scenario.name,
    description: scenario.description,
    partial,
    // The product's own first: it is what the page shows before anything is chosen.
    runs: runs.sort((a, b) => best.get(a.policy)! - best.get(b.policy)!),
    curves: policies.map(({ policy, quantiles }) => ({ policy, quantiles })),
    links: siteLinks(scenario),
  };
}

interface Outcome {
  readonly options: SimOptions;
  readonly policies: readonly PolicyFigures[];
  readonly isPartial: boolean;
  readonly command: string;
  /** The report, where one was asked for. */
  readonly isWritten: boolean;
}

const NOTHING_ASKED =
  'no request was sent after the warm-up, so the figures say nothing: ask for more, or play it longer ("--until 60s")';

function tell(output: Output, name: string, outcome: Outcome): void {
  const { options, policies, isPartial, command, isWritten } = outcome;
  const isBroken = policies.some(({ violations }) => violations.length > 0);
  const { compare: _compare, ...shared } = options;
  const replay = ({ policy, violations, seed }: PolicyFigures) =>
    replayCommand(name, { ...shared, seeds: 1, policy, seed: violations[0]?.seed ?? seed });
  if (options.json) {
    output.json(jsonOf(policies, options, isPartial, command));
  } else {
    showSummary(output, policies);
    if (options.report !== undefined && isWritten) output.line(`\nReport: ${options.report}`);
  }
  for (const line of violationLines(policies, replay)) process.stderr.write(`${line}\n`);
  if (isPartial) process.stderr.write('gismesh: interrupted: the figures are of what there was until then\n');
  if (!isPartial && isIdle(policies)) process.stderr.write(`gismesh: ${NOTHING_ASKED}\n`);
  if (isBroken) process.exitCode = ExitCode.failed;
  if (isPartial) process.exitCode = ExitCode.interrupted;
}

/**
 * The one object on stdout: a run, or with `--compare` that of the chosen policy, as a rule the product's own, and in it
 * the runs of all policies.
 */
function jsonOf(
  policies: readonly PolicyFigures[],
  options: SimOptions,
  partial: boolean,
  command: string,
): unknown {
  const { seed, compare, policy: chosen = 'bid' } = options;
  const runs = policies.map(({ quantiles: _quantiles, ...figures }) => figures);
  const shown = runs.find(({ policy }) => policy === chosen) ?? runs[0];
  if (!compare) return { ...(shown ?? { seed }), partial, command };
  return {
    ...shown,
    seed,
    seeds: seedsOf(options),
    partial,
    command,
    policies: runs,
    violations: runs.flatMap(({ policy, violations }) => violations.map((one) => ({ policy, ...one }))),
  };
}
