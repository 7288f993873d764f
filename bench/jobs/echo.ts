import { Agent, request } from 'node:http';
import { type BenchmarkOptions, milliseconds, type Row } from '../lib/report.ts';
import { median, summary } from '../lib/stats.ts';
import { startLonePeer } from './lone-peer.ts';
import { type PywpsKind, PywpsServer } from './pywps/server.ts';

/** Besides a first one, in which everybody warms up. */
const ROUNDS = 3;
const MOST_CLIENTS = 8;

/** A synchronous Execute as OWSLib writes it. */
const EXECUTE = `<?xml version="1.0" encoding="UTF-8"?>
<wps100:Execute xmlns:wps100="http://www.opengis.net/wps/1.0.0" xmlns:ows110="http://www.opengis.net/ows/1.1" service="WPS" version="1.0.0">
<ows110:Identifier>echo</ows110:Identifier><wps100:DataInputs><wps100:Input><ows110:Identifier>string</ows110:Identifier>
<wps100:Data><wps100:LiteralData>hello</wps100:LiteralData></wps100:Data></wps100:Input></wps100:DataInputs></wps100:Execute>`;

interface Load {
  /** Good answers per second. */
  readonly rate: number;
  readonly good: number;
  readonly bad: number;
  readonly p50Ms: number;
}

/** One peer's `echo` through WPS 1.0.0, a durable job each, against that of PyWPS, one client and eight. */
export async function syncEcho({ seconds }: BenchmarkOptions): Promise<Row[]> {
  const peer = await startLonePeer();
  const kinds: readonly PywpsKind[] = ['werkzeug', 'gunicorn'];
  const servers = await Promise.all(kinds.map((kind) => PywpsServer.start(kind)));
  try {
    const rows: Row[] = [];
    for (const [clients, bar] of [
      [1, 5],
      [MOST_CLIENTS, 20],
    ] as const) {
      const rounds: Load[][] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const loads: Load[] = [];
        for (const { url } of [peer, ...servers]) loads.push(await load(`${url}/wps`, clients, seconds));
        rounds.push(loads);
      }
      rows.push(row(clients, bar, rounds.slice(1)));
    }
    return rows;
  } finally {
    await Promise.all([peer, ...servers].map((each) => each.stop()));
  }
}

/** `rounds`: each ours, that of werkzeug, that of gunicorn. */
function row(clients: number, bar: number, rounds: readonly (readonly Load[])[]): Row {
  const of = (at: number, pick: (load: Load) => number) =>
    median(rounds.map((loads) => pick(loads[at] as Load)));
  const rate = (load: Load) => load.rate;
  const [ours, theirs, behindGunicorn] = [of(0, rate), of(1, rate), of(2, rate)];
  const refused = rounds.reduce((sum, loads) => sum + (loads[1] as Load).bad, 0);
  const bad = rounds.reduce((sum, loads) => sum + (loads[0] as Load).bad, 0);
  return {
    what: `synchronous echo through WPS 1.0.0, ${clients === 1 ? 'one client' : `${clients} clients`}: good answers/s of a peer / of Debian's PyWPS (werkzeug, a thread per request, log of requests in SQLite)`,
    bar: `>= ${bar}`,
    measured: `${(ours / theirs).toFixed(1)}: ${ours.toFixed(0)}/s (median ${milliseconds(of(0, ({ p50Ms }) => p50Ms))}, ${bad} bad) against ${theirs.toFixed(1)}/s (${refused} refused); PyWPS behind gunicorn, a process per core: ${behindGunicorn.toFixed(1)}/s`,
    passed: ours / theirs >= bar && bad === 0,
    details: { rounds },
  };
}

/** A closed loop: each client asks again when it has its answer. */
async function load(url: string, clients: number, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  let bad = 0;
  const beganAt = performance.now();
  const until = beganAt + seconds * 1000;
  const client = async () => {
    while (performance.now() < until) {
      const startedAt = performance.now();
      if (await execute(url, agent)) times.push(performance.now() - startedAt);
      else bad += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const elapsed = (performance.now() - beganAt) / 1000;
  agent.destroy();
  return { rate: times.length / elapsed, good: times.length, bad, p50Ms: summary(times).p50 };
}

/** Whether it succeeded. */
function execute(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(EXECUTE) };
    const outgoing = request(url, { agent, method: 'POST', headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('error', () => resolve(false));
      response.on('end', () => resolve(response.statusCode === 200 && body.includes('ProcessSucceeded')));
    });
    outgoing.on('error', () => resolve(false));
    outgoing.end(EXECUTE);
  });
}
