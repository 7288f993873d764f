import { playAll } from '../../sim/batch.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import type { Row } from '../lib/report.ts';

const KILOBYTES_PER_GIGABYTE = 1024 * 1024;

/** Ten simulated minutes of 800 computers, as `gismesh sim campus-800` plays them: with every checker. */
export async function simulatedCampus(): Promise<Row[]> {
  const scenario = await loadScenario('campus-800');
  const startedAt = performance.now();
  const [played] = await playAll(scenario, [{ seed: 1, policy: 'bid' }], {
    withReport: () => false,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  const seconds = (performance.now() - startedAt) / 1000;
  // Of the whole process since its start: what ran before may have taken more.
  const gigabytes = process.resourceUsage().maxRSS / KILOBYTES_PER_GIGABYTE;
  const { violations, ...figures } = played!.figures;
  return [
    {
      what: `800 computers for ${scenario.durationMs / 60_000} simulated minutes`,
      bar: '<= 120 s on 2 cores, <= 4 GB',
      measured: `${seconds.toFixed(0)} s, ${gigabytes.toFixed(1)} GB; ${violations.length} broken promises`,
      passed: seconds <= 120 && gigabytes <= 4 && violations.length === 0,
      details: { ...figures, violations },
    },
  ];
}
