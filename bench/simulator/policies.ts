import path from 'node:path';
import { playAll } from '../../sim/batch.ts';
import { comparison, type PolicyFigures } from '../../sim/comparison.ts';
import type { ContenderName } from '../../sim/result.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import { milliseconds, type Row } from '../lib/report.ts';

const SEEDS = [1, 2, 3] as const;
export const FORTY_PROJECTS = path.join(import.meta.dirname, 'forty-projects.yaml');

/** A heavily loaded classroom: our policy against fresh two-choices, and against one that knows everything. */
export async function simulatedClassroom(): Promise<Row[]> {
  const all = await compared('classroom-30', ['bid', 'two-choices', 'omniscient'], SEEDS);
  const what = '30 mixed computers at load 0.75, simulated';
  return [
    ratioRow(all, { what, against: 'two-choices', bar: 0.5 }),
    ratioRow(all, { what, against: 'omniscient', bar: 1.3 }),
  ];
}

/** Two hundred computers with forty projects: asking a few of them against asking everyone. One seed: that is dear. */
export async function simulatedSchool(): Promise<Row[]> {
  const all = await compared(FORTY_PROJECTS, ['bid', 'ask-all'], [1]);
  const what = '200 computers with 40 projects at load 0.75, simulated';
  const [ours, everyone] = [figuresOf(all, 'bid'), figuresOf(all, 'ask-all')];
  return [
    ratioRow(all, { what, against: 'ask-all', bar: 1.3 }),
    {
      what: `${what}: messages per request`,
      bar: '<= 10',
      measured: `${ours.messagesPerRequest.toFixed(1)} (ask-all: ${everyone.messagesPerRequest.toFixed(0)})`,
      passed: ours.messagesPerRequest <= 10,
      details: {},
    },
  ];
}

function ratioRow(
  all: readonly PolicyFigures[],
  { what, against, bar }: { what: string; against: ContenderName; bar: number },
): Row {
  const [ours, other] = [figuresOf(all, 'bid'), figuresOf(all, against)];
  const ratio = ours.p99 / other.p99;
  const seeds = ours.seeds.length > 1 ? `; medians of ${ours.seeds.length} seeds` : '';
  return {
    what: `${what}: p99 of bid against ${against}`,
    bar: `<= ${bar}`,
    measured: `${ratio.toFixed(2)} (${milliseconds(ours.p99)} / ${milliseconds(other.p99)}${seeds})`,
    passed: ratio <= bar,
    details: { ours, other },
  };
}

function figuresOf(all: readonly PolicyFigures[], policy: ContenderName): PolicyFigures {
  return all.find((figures) => figures.policy === policy)!;
}

async function compared(
  name: string,
  policies: readonly ContenderName[],
  seeds: readonly number[],
): Promise<PolicyFigures[]> {
  const scenario = await loadScenario(name);
  const runs = seeds.flatMap((seed) => policies.map((policy) => ({ seed, policy })));
  const options = { withReport: () => false, onProgress: () => {}, signal: new AbortController().signal };
  const played = await playAll(scenario, runs, options);
  return comparison(played);
}
