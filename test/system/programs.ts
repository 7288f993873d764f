import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { invitationOf, PeerProcess, until } from './helpers/peer-process.ts';

/** Programs of one peer, asked for at another one that has none. */

interface Job {
  readonly id: string;
  readonly state: string;
  readonly message: string;
  readonly node: string;
}

/** Scripts that do harm, within bounds that this machine can bear; and what their jobs say. */
const HOSTILE: Readonly<Record<string, { script: string; reason: RegExp }>> = {
  hangs: { script: 'sleep 1000', reason: /longer than the 6 s/ },
  spins: { script: 'while true; do :; done', reason: /longer than the 6 s/ },
  prints: { script: 'yes', reason: /words .* than its limit/ },
  fills: { script: 'head -c 60000000 /dev/zero > big; sleep 1000', reason: /scratch space/ },
  forks: {
    script: 'i=0; while [ $i -lt 40 ]; do sleep 1000 & i=$((i + 1)); done; wait',
    reason: /more than 20 processes|fork/i,
  },
};

const LIMITS = `
processes:
  limits: { timeoutMs: 6000, scratchBytes: 20000000 }
  commands: { maxProcesses: 20, maxOutputBytes: 2000000, pollMs: 100, rescanMs: 500 }
`;

let folder = '';
let worker: PeerProcess;
let front: PeerProcess;

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-programs-'));
  const own = path.join(folder, 'data', 'processes');
  await mkdir(own, { recursive: true });
  for (const [id, { script }] of Object.entries(HOSTILE))
    await writeFile(path.join(own, `${id}.yaml`), yaml(id, script));
  const config = path.join(folder, 'gismesh.yaml');
  await writeFile(config, LIMITS);
  const args = ['--no-mdns', '--listen', '127.0.0.1:0'];
  const data = path.join(folder, 'data');
  worker = await PeerProcess.start({ data, args: [...args, '--config', config] });
  const join = ['--join', await invitationOf(worker)];
  front = await PeerProcess.start({ args: [...args, ...join], env: { PATH: '/nowhere' } });
  await offered('gdal-hillshade');
});

test.after.always(async () => {
  await Promise.all([front?.stop(), worker?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

function yaml(id: string, script: string): string {
  return `id: ${id}
title: A script
program: sh
arguments: [-c, ${JSON.stringify(script)}]
outputs: { words: { type: words, title: What it says } }
`;
}

/** Waits until the peer without programs knows of a process. */
async function offered(process: string): Promise<void> {
  const place = `${front.url}/ogcapi/processes/${process}`;
  await until(async () => (await fetch(place)).ok, `${process} to be known to the other peer`);
}

function execute(process: string, request: object, prefer = ''): Promise<Response> {
  return fetch(`${front.url}/ogcapi/processes/${process}/execution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(prefer === '' ? {} : { prefer }) },
    body: JSON.stringify(request),
  });
}

async function ended(id: string): Promise<Job> {
  const job = () => front.json<Job>(`/api/jobs/${id}`);
  await until(async () => !['accepted', 'running'].includes((await job()).state), `job ${id} to end`);
  return job();
}

async function lastJob(process: string): Promise<Job> {
  const [job] = await front.json<Job[]>(`/api/jobs?process=${process}`);
  return job as Job;
}

test.serial('OGC API: a hillshade is computed at the peer that has the program', async (t) => {
  const response = await execute('gdal-hillshade', {
    inputs: { input: { value: slope(), mediaType: 'text/plain' }, azimuth: 90 },
    outputs: { result: { transmissionMode: 'value', format: { mediaType: 'image/tiff' } } },
    response: 'raw',
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  t.is(response.status, 200, bytes.toString('latin1').slice(0, 500));
  t.is(response.headers.get('content-type'), 'image/tiff');
  const file = path.join(folder, 'shade.tif');
  await writeFile(file, bytes);
  const info = JSON.parse(execFileSync('gdalinfo', ['-json', file], { encoding: 'utf8' }));
  t.deepEqual(info.size, [20, 20]);
  t.is((await lastJob('gdal-hillshade')).node, worker.ready.peerId);
});

test.serial('WPS: features are projected at the peer that has the program', async (t) => {
  const point = { type: 'Point', coordinates: [9, 50] };
  const features = {
    type: 'FeatureCollection',
    features: [{ type: 'Feature', properties: { a: 1 }, geometry: point }],
  };
  const request = `<wps:Execute service="WPS" version="1.0.0" xmlns:wps="http://www.opengis.net/wps/1.0.0"
      xmlns:ows="http://www.opengis.net/ows/1.1">
    <ows:Identifier>gdal-ogr2ogr</ows:Identifier>
    <wps:DataInputs>
      <wps:Input><ows:Identifier>input</ows:Identifier><wps:Data>
        <wps:ComplexData mimeType="application/geo+json">${JSON.stringify(features)}</wps:ComplexData>
      </wps:Data></wps:Input>
      <wps:Input><ows:Identifier>target</ows:Identifier><wps:Data>
        <wps:LiteralData>EPSG:25832</wps:LiteralData>
      </wps:Data></wps:Input>
    </wps:DataInputs>
    <wps:ResponseForm>
      <wps:RawDataOutput mimeType="application/geo+json"><ows:Identifier>result</ows:Identifier></wps:RawDataOutput>
    </wps:ResponseForm>
  </wps:Execute>`;
  const response = await fetch(`${front.url}/wps`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body: request,
  });
  const text = await response.text();
  const [x, y] = JSON.parse(text).features[0].geometry.coordinates;
  t.true(Math.abs(x - 500_000) < 1 && Math.abs(y - 5_538_630) < 10, text);
  t.is((await lastJob('gdal-ogr2ogr')).node, worker.ready.peerId);
});

test.serial('WPS describes what another peer runs', async (t) => {
  const place = `${front.url}/wps?service=WPS&version=1.0.0&request=DescribeProcess&identifier=gdal-warp`;
  t.regex(await (await fetch(place)).text(), /<ows:Identifier>resampling</);
});

test.serial('hostile programs fail with the reason, and their peer lives on', async (t) => {
  const jobs = await Promise.all(
    Object.keys(HOSTILE).map(async (process) => {
      const response = await execute(process, { inputs: {} }, 'respond-async');
      const { jobID } = (await response.json()) as { jobID: string };
      return [process, await ended(jobID)] as const;
    }),
  );
  for (const [process, { state, message }] of jobs) {
    t.is(state, 'failed', process);
    t.regex(message, HOSTILE[process]?.reason as RegExp, process);
  }
  t.true(worker.running);
  const children = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  t.notRegex(children, /bwrap.*(sleep 1000|while true|yes)/);
});

test.serial('a description that is put into the data folder becomes a process of the mesh', async (t) => {
  await writeFile(path.join(folder, 'data', 'processes', 'late.yaml'), yaml('late', 'echo came later'));
  await offered('late');
  const response = await execute('late', { inputs: {}, response: 'raw' });
  t.is(await response.text(), 'came later\n');
});

/** A plane that rises to the east, as an Esri grid. */
function slope(): string {
  const row = Array.from({ length: 20 }, (_cell, x) => x).join(' ');
  const head = 'ncols 20\nnrows 20\nxllcorner 500000\nyllcorner 5500000\ncellsize 1\n';
  return `${head}${Array(20).fill(row).join('\n')}\n`;
}
