import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { invitationOf, PeerProcess, until } from './helpers/peer-process.ts';

/** The QGIS of one peer, asked for at another one that has none. */

interface Job {
  readonly id: string;
  readonly state: string;
  readonly message: string;
  readonly node: string;
}

const CONFIG = 'processes: { qgis: { listDelayMs: 1 } }\n';

let folder = '';
let worker: PeerProcess;
let front: PeerProcess;

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-qgis-'));
  const config = path.join(folder, 'gismesh.yaml');
  await writeFile(config, CONFIG);
  const args = ['--no-mdns', '--listen', '127.0.0.1:0'];
  const data = path.join(folder, 'data');
  worker = await PeerProcess.start({ data, args: [...args, '--config', config], env: ownCache() });
  const join = ['--join', await invitationOf(worker)];
  front = await PeerProcess.start({ args: [...args, ...join], env: { PATH: '/nowhere' } });
  await until(async () => (await ids()).includes('native:buffer'), 'the algorithms of QGIS', 300_000);
});

test.after.always(async () => {
  await Promise.all([front?.stop(), worker?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** What other peers of this user know is not to be known here. */
function ownCache(): NodeJS.ProcessEnv {
  return { XDG_CACHE_HOME: path.join(folder, 'cache') };
}

async function ids(): Promise<string[]> {
  const { processes } = await front.json<{ processes: { id: string }[] }>('/ogcapi/processes');
  return processes.map(({ id }) => id);
}

function execute(process: string, request: object, prefer = ''): Promise<Response> {
  return fetch(`${front.url}/ogcapi/processes/${encodeURIComponent(process)}/execution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(prefer === '' ? {} : { prefer }) },
    body: JSON.stringify(request),
  });
}

async function lastJob(process: string): Promise<Job> {
  const [job] = await front.json<Job[]>(`/api/jobs?process=${encodeURIComponent(process)}`);
  return job as Job;
}

async function ended(response: Response): Promise<Job> {
  const { jobID } = (await response.json()) as { jobID: string };
  const job = () => front.json<Job>(`/api/jobs/${jobID}`);
  await until(async () => !['accepted', 'running'].includes((await job()).state), 'the job to end');
  return job();
}

function points(...places: readonly [number, number][]): object {
  const features = places.map((coordinates, index) => ({
    type: 'Feature',
    properties: { value: index + 1, name: `place ${index + 1}` },
    geometry: { type: 'Point', coordinates },
  }));
  return { type: 'FeatureCollection', features };
}

test.serial('every algorithm that QGIS lists is a process, with valid descriptions', async (t) => {
  const environment = { ...process.env, QT_QPA_PLATFORM: 'offscreen', HOME: folder };
  const listed = execFileSync('qgis_process.bin', ['--json', 'list'], {
    encoding: 'utf8',
    env: environment,
    maxBuffer: 1e8,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { providers } = JSON.parse(listed) as {
    providers: Record<string, { algorithms: Record<string, unknown> }>;
  };
  const wanted = Object.values(providers).flatMap(({ algorithms }) => Object.keys(algorithms));
  t.true(wanted.length > 300, String(wanted.length));
  await until(async () => {
    const offered = new Set(await ids());
    return wanted.every((id) => offered.has(id));
  }, 'all algorithms to be offered');
  const place = `${front.url}/wps?service=WPS&version=1.0.0&request=DescribeProcess&identifier=all`;
  const described = await (await fetch(place)).text();
  for (const id of wanted) t.true(described.includes(`<ows:Identifier>${id}</ows:Identifier>`), id);
});

test.serial('OGC API: features are buffered by QGIS at the peer that has it', async (t) => {
  const response = await execute('native:buffer', {
    inputs: { INPUT: { value: points([9, 50], [9.5, 50]) }, DISTANCE: 0.1, END_CAP_STYLE: 'Square' },
    response: 'raw',
  });
  const text = await response.text();
  t.is(response.status, 200, text.slice(0, 500));
  const { features } = JSON.parse(text);
  t.is(features.length, 2);
  t.is(features[0].properties.name, 'place 1');
  // A square around a point: four corners, the first of them again.
  t.is(features[0].geometry.coordinates.flat(Infinity).length, 10);
  t.is((await lastJob('native:buffer')).node, worker.ready.peerId);
});

test.serial('WPS: a raster is computed by QGIS', async (t) => {
  const request = `<wps:Execute service="WPS" version="1.0.0" xmlns:wps="http://www.opengis.net/wps/1.0.0"
      xmlns:ows="http://www.opengis.net/ows/1.1">
    <ows:Identifier>native:slope</ows:Identifier>
    <wps:DataInputs><wps:Input><ows:Identifier>INPUT</ows:Identifier><wps:Data>
      <wps:ComplexData mimeType="text/plain">${plane()}</wps:ComplexData>
    </wps:Data></wps:Input></wps:DataInputs>
    <wps:ResponseForm><wps:RawDataOutput mimeType="image/tiff"><ows:Identifier>OUTPUT</ows:Identifier></wps:RawDataOutput></wps:ResponseForm>
  </wps:Execute>`;
  const response = await fetch(`${front.url}/wps`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body: request,
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  t.is(response.headers.get('content-type'), 'image/tiff', bytes.toString('latin1').slice(0, 500));
  const file = path.join(folder, 'slope.tif');
  await writeFile(file, bytes);
  const info = JSON.parse(execFileSync('gdalinfo', ['-json', '-stats', file], { encoding: 'utf8' }));
  t.true(Math.abs(info.bands[0].mean - 45) < 0.5, `a plane of 45°: ${info.bands[0].mean}`);
});

test.serial('numbers come out as literals, a box and several choices go in', async (t) => {
  const INPUT_LAYER = { value: points([9, 50], [9.5, 50], [20, 50]) };
  const response = await execute('qgis:basicstatisticsforfields', {
    inputs: { INPUT_LAYER, FIELD_NAME: 'value' },
    outputs: { MEAN: {}, COUNT: {} },
    response: 'document',
  });
  t.deepEqual(await response.json(), { MEAN: 2, COUNT: 3 });
  const within = await execute('native:extractbyextent', {
    inputs: {
      INPUT: INPUT_LAYER,
      EXTENT: { bbox: [8, 49, 10, 51], crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84' },
    },
    response: 'raw',
  });
  t.is(JSON.parse(await within.text()).features.length, 2);
  const located = await execute('native:extractbylocation', {
    inputs: {
      INPUT: INPUT_LAYER,
      PREDICATE: ['intersect', 'are within'],
      INTERSECT: { value: points([9, 50]) },
    },
    response: 'raw',
  });
  t.is(JSON.parse(await located.text()).features.length, 1);
});

test.serial('a folder and a shapefile come as zips, several layers go in', async (t) => {
  const zipped = async (response: Response) => {
    const file = path.join(folder, 'made.zip');
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
    return execFileSync('/usr/bin/python3', ['-m', 'zipfile', '-l', file], { encoding: 'utf8' });
  };
  const layer = { value: points([9, 50], [9.5, 50]) };
  const split = await execute('native:splitvectorlayer', {
    inputs: { INPUT: layer, FIELD: 'value' },
    response: 'raw',
  });
  t.regex(await zipped(split), /value_1\.gpkg[\s\S]*value_2\.gpkg/);
  const merged = await execute('native:mergevectorlayers', {
    inputs: { LAYERS: [layer, layer] },
    outputs: { OUTPUT: { format: { mediaType: 'application/x-shapefile' } } },
    response: 'raw',
  });
  t.regex(await zipped(merged), /OUTPUT\.dbf[\s\S]*OUTPUT\.shp/);
});

test.serial('what QGIS complains of is the reason, and a job that is dismissed ends', async (t) => {
  const failed = await ended(
    await execute('native:raiseexception', { inputs: { MESSAGE: 'on purpose' } }, 'respond-async'),
  );
  t.like(failed, { state: 'failed' });
  t.regex(failed.message, /on purpose/);
  const long = await execute(
    'native:randompointsinextent',
    { inputs: { EXTENT: { bbox: [0, 0, 1, 1] }, POINTS_NUMBER: 1e9, MIN_DISTANCE: 1e-5 } },
    'respond-async',
  );
  const { jobID } = (await long.json()) as { jobID: string };
  const job = () => front.json<Job & { progress: number }>(`/api/jobs/${jobID}`);
  await until(async () => (await job()).state === 'running', 'the job to run');
  await fetch(`${front.url}/ogcapi/jobs/${jobID}`, { method: 'DELETE' });
  const isRunning = () =>
    /randompointsinextent/.test(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }));
  await until(() => !isRunning(), 'the program to be gone');
  t.is((await job()).state, 'dismissed');
});

test.serial('a peer that starts again knows the algorithms at once', async (t) => {
  const before = (await ids()).length;
  await worker.stop();
  const join = ['--join', await invitationOf(front)];
  const args = ['--no-mdns', '--listen', '127.0.0.1:0', ...join];
  const data = path.join(folder, 'data');
  const config = path.join(folder, 'later.yaml');
  await writeFile(config, 'processes: { qgis: { listDelayMs: 1000000000 } }\n');
  worker = await PeerProcess.start({ data, args: [...args, '--config', config], env: ownCache() });
  await until(async () => (await ids()).length === before, 'the algorithms to be there again');
  t.pass();
});

/** A plane of 45° that rises to the east, as an Esri grid. */
function plane(): string {
  const row = Array.from({ length: 20 }, (_cell, x) => x).join(' ');
  const head = 'ncols 20\nnrows 20\nxllcorner 500000\nyllcorner 5500000\ncellsize 1\n';
  return `${head}${Array(20).fill(row).join('\n')}\n`;
}
