import { JobFaults } from '../../test/system/helpers/job-faults.ts';
import type { Row } from '../lib/report.ts';

/** 200 jobs at random doors of nine peers, of which a third is killed -9 at random and started again, over and over. */
export async function jobSurvival(): Promise<Row[]> {
  const jobs = Number(process.env.GISMESH_BENCH_JOBS ?? 200);
  const verdict = await JobFaults.run({
    peers: 9,
    jobs,
    maxPauseSeconds: 4,
    killEveryMs: 2000,
    minRounds: 10,
    downMs: 3000,
  });
  const { accepted, ended, lost, twice, unretrievable, unsuccessful, kills, seconds, ...details } = verdict;
  return [
    {
      what: `${accepted} jobs at random doors of 9 peers, ${kills} kills -9 and restarts in ${seconds.toFixed(0)} s`,
      bar: 'all end, all results retrievable from any peer, 0 lost, 0 ended twice',
      measured: `${ended} ended, ${unretrievable.length} of ${accepted * 9} results not retrievable, ${lost.length} lost, ${twice.length} ended twice, ${unsuccessful.length} failed`,
      passed:
        ended === accepted && lost.length + twice.length + unretrievable.length + unsuccessful.length === 0,
      details: { lost, twice, unretrievable, unsuccessful, ...details },
    },
  ];
}
