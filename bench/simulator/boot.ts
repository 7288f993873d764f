import { playAll } from '../../sim/batch.ts';
import { loadScenario } from '../../sim/scenario/load.ts';
import { milliseconds, type Row } from '../lib/report.ts';
import { FORTY_PROJECTS } from './policies.ts';

/** Counted from the first boot. */
const SECONDS = [1, 2, 3, 4, 5, 9] as const;

/** Two hundred computers boot under full load: what those wait who ask in one of the first seconds. Of no bar. */
export async function simulatedSchoolBoot(): Promise<Row[]> {
  const scenario = await loadScenario(FORTY_PROJECTS);
  const rows: Row[] = [];
  for (const second of SECONDS) {
    const only = { ...scenario, warmUpMs: second * 1_000, durationMs: (second + 1) * 1_000 };
    const options = { withReport: () => false, onProgress: () => {}, signal: new AbortController().signal };
    const [played] = await playAll(only, [{ seed: 1, policy: 'bid' }], options);
    const { p50, p95, p99, messagesPerRequest, coldStarts, requests, errors } = played!.figures;
    rows.push({
      what: `200 computers with 40 projects boot at load 0.75, simulated: requests of second ${second}`,
      bar: 'none',
      measured:
        `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}, p99 ${milliseconds(p99)}; ` +
        `${messagesPerRequest.toFixed(1)} messages; ${coldStarts} projects opened; ${errors} of ${requests} failed`,
      passed: true,
      details: { ...played!.figures },
    });
  }
  return rows;
}
