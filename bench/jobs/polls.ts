import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from '../../test/system/helpers/peer-process.ts';
import type { BenchmarkOptions, Row } from '../lib/report.ts';
import { median } from '../lib/stats.ts';
import { startLonePeer } from './lone-peer.ts';
import { PywpsServer } from './pywps/server.ts';

const CONNECTIONS = 8;
const ROUNDS = 3;

const EXECUTE =
  'service=WPS&version=1.0.0&request=Execute&identifier=echo&DataInputs=string=hello&storeExecuteResponse=true&status=true';

/** Polls of a job at one peer against those of PyWPS's status file, by the server that PyWPS runs behind. */
export async function statusPolls({ seconds }: BenchmarkOptions): Promise<Row[]> {
  const peer = await startLonePeer();
  const servers = [await PywpsServer.start('werkzeug'), await PywpsServer.start('gunicorn')];
  try {
    const addresses = await Promise.all([peer, ...servers].map(({ url }) => submitted(url)));
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const rates: number[] = [];
      for (const address of addresses) rates.push(await polls(address, seconds));
      rounds.push(rates);
    }
    const [ours, werkzeug, gunicorn] = addresses.map((_, at) =>
      median(rounds.map((rates) => rates[at] as number)),
    ) as [number, number, number];
    return [
      {
        what: `status polls/s at one peer / of PyWPS's status file (behind gunicorn, a process per core), wrk, ${CONNECTIONS} connections`,
        bar: '>= 3',
        measured: `${(ours / gunicorn).toFixed(1)}: ${ours.toFixed(0)}/s against ${gunicorn.toFixed(0)}/s; behind werkzeug: ${werkzeug.toFixed(0)}/s`,
        passed: ours / gunicorn >= 3,
        details: { rounds },
      },
    ];
  } finally {
    await Promise.all([peer, ...servers].map((each) => each.stop()));
  }
}

/** Where the status of a job is to be had, once it has ended. */
async function submitted(url: string): Promise<string> {
  const answer = await (await fetch(`${url}/wps?${EXECUTE}`)).text();
  const address = /statusLocation="([^"]+)"/.exec(answer)?.[1] ?? '';
  await until(
    async () => (await (await fetch(address)).text()).includes('ProcessSucceeded'),
    `the job at ${address} to end`,
  );
  return address;
}

async function polls(address: string, seconds: number): Promise<number> {
  const { stdout } = await promisify(execFile)('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, address]);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (rate === undefined || /Non-2xx/.test(stdout)) throw new Error(`wrk said: ${stdout}`);
  return Number(rate);
}
