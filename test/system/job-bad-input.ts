import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import test from 'ava';
import { craftZip } from '../processes/helpers/zips.ts';
import { type PeerProcess, startMesh, until } from './helpers/peer-process.ts';
import { execute1, execute2 } from './helpers/wps-requests.ts';

/** What hostile and mistaken clients send to the doors of geoprocessing: refused in time, with the peer as it was. */

const MIB = 1024 * 1024;
const GIGABYTE = 1024 * MIB;

/** Of the peer itself, its child processes apart. */
const MAX_GROWTH_BYTES = 400 * MIB;

let peer: PeerProcess;

test.before(async () => {
  [peer] = (await startMesh(1)) as [PeerProcess];
});

test.after.always(() => peer?.stop());

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${peer.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

interface Told {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function tell(path: string, init: RequestInit): Promise<Told> {
  const response = await fetch(`${peer.url}${path}`, init);
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: await response.text(),
  };
}

function post(path: string, body: string | Uint8Array<ArrayBuffer>, type: string): Promise<Told> {
  return tell(path, { method: 'POST', headers: { 'content-type': type }, body });
}

function execute(body: object | string): Promise<Told> {
  return post(
    '/ogcapi/processes/echo/execution',
    typeof body === 'string' ? body : JSON.stringify(body),
    'application/json',
  );
}

/** Sends a gigabyte for as long as it is taken. Resolves to the status, and to how much was taken. */
function sendGigabyte(path: string, chunked: boolean): Promise<{ status: number; sent: number }> {
  const part = Buffer.alloc(256 * 1024, 0x61);
  const frame = chunked
    ? Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])
    : part;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(peer.url).port), '127.0.0.1');
    let sent = 0;
    const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${GIGABYTE}`;
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n${framing}\r\n\r\n`);
    const pump = () => {
      while (sent < GIGABYTE && socket.writable) {
        sent += part.length;
        if (!socket.write(frame)) return;
      }
    };
    socket.on('drain', pump);
    socket.on('data', (chunk) => {
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1]), sent });
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('cut off without an answer')));
    pump();
  });
}

test.serial('a gigabyte inline is refused while it is sent, and is held nowhere', async (t) => {
  const before = await residentBytes();
  for (const path of ['/wps', '/ogcapi/processes/echo/execution']) {
    for (const chunked of [false, true]) {
      const { status, sent } = await sendGigabyte(path, chunked);
      t.is(status, 413, path);
      t.true(sent < 100 * MIB, `${sent} bytes were taken`);
    }
  }
  t.true((await residentBytes()) - before < MAX_GROWTH_BYTES);
});

test.serial('as much as may be inline, of the dearest kinds, from many clients at once', async (t) => {
  const before = await residentBytes();
  const keys = `{"inputs":{${Array.from({ length: 2_500_000 }, (_, i) => `"a${i}":1`).join()}}}`;
  const pieces = `{"inputs":{"strings":[${Array(7_500_000).fill('"x"').join()}]}}`;
  const deep = `{"inputs":{"object":${'['.repeat(15 * MIB)}`;
  const elements = `<Execute service="WPS" version="1.0.0">${'<a/>'.repeat(7 * MIB)}</Execute>`;
  const attributes = `<Execute ${Array.from({ length: 2_000_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`;
  const bodies: [string, string, string][] = [
    ['/ogcapi/processes/echo/execution', keys, 'application/json'],
    ['/ogcapi/processes/echo/execution', pieces, 'application/json'],
    ['/ogcapi/processes/echo/execution', deep, 'application/json'],
    ['/wps', elements, 'text/xml'],
    ['/wps', attributes, 'text/xml'],
    ['/wps', 'a&'.repeat(15 * MIB), 'application/x-www-form-urlencoded'],
  ];
  let worstMs = 0;
  const watch = setInterval(async () => {
    const began = performance.now();
    await fetch(`${peer.url}/healthz`).then(
      (response) => response.arrayBuffer(),
      () => {},
    );
    worstMs = Math.max(worstMs, performance.now() - began);
  }, 100);
  t.teardown(() => clearInterval(watch));
  const answers = await Promise.all(
    [...bodies, ...bodies].map(([path, body, type]) => post(path, body, type)),
  );
  for (const { status } of answers) t.true([400, 413, 503].includes(status), String(status));
  t.log(`the slowest other answer took ${Math.round(worstMs)} ms`);
  t.true((await residentBytes()) - before < 4 * MAX_GROWTH_BYTES);
  t.is((await execute({ inputs: { string: 'still here' }, outputs: { string: {} } })).body, 'still here');
});

test.serial('bombs of entities, and entities of others', async (t) => {
  const grow = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('');
  for (const document of [
    `<!DOCTYPE Execute [<!ENTITY e0 "lol">${grow}]><Execute service="WPS" version="1.0.0"><Identifier>&e9;</Identifier></Execute>`,
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Execute service="WPS" version="1.0.0"><Identifier>&x;</Identifier></Execute>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><Execute service="WPS" version="2.0.0"/>',
  ]) {
    const { status, type, body } = await post('/wps', document, 'text/xml');
    t.is(status, 400);
    t.is(type, 'text/xml');
    t.regex(body, /document type declaration/);
  }
});

test.serial('requests in other encodings are read as they were meant', async (t) => {
  const text = 'grün & größer';
  const request = (encoding: string) =>
    execute1('echo', { string: text }, { raw: 'string' }).replace('UTF-8', encoding);
  const utf16 = (swap: boolean) => {
    const bytes = Buffer.from(`\ufeff${request('UTF-16')}`, 'utf16le');
    return new Uint8Array(swap ? bytes.swap16() : bytes);
  };
  const latin = new Uint8Array(Buffer.from(request('ISO-8859-1'), 'latin1'));
  for (const [body, type] of [
    [utf16(false), 'text/xml'],
    [utf16(true), 'application/xml'],
    [utf16(true), 'text/xml; charset=utf-16'],
    [latin, 'text/xml'],
    [latin, 'text/xml; charset=iso-8859-1'],
    [new Uint8Array(Buffer.from(`\ufeff${request('UTF-8')}`)), 'text/xml'],
    [new Uint8Array(Buffer.from(request('UTF-8'))), 'application/octet-stream'],
  ] as const) {
    t.is((await post('/wps', body, type)).body, text, type);
  }
  const json = Buffer.from(`\ufeff${JSON.stringify({ inputs: { string: text }, outputs: { string: {} } })}`);
  t.is((await post('/ogcapi/processes/echo/execution', new Uint8Array(json), 'application/json')).body, text);
});

test.serial(
  'references into the own machine and network are refused, and nothing there is asked',
  async (t) => {
    let asked = 0;
    const trap = createServer((_, response) => {
      asked += 1;
      response.end('secret');
    }).listen(0, '127.0.0.1');
    t.teardown(() => trap.close());
    await once(trap, 'listening');
    const { port } = trap.address() as AddressInfo;
    const addresses = [
      `http://127.0.0.1:${port}/`,
      `http://localhost:${port}/`,
      `http://LOCALHOST:${port}/`,
      `http://127.1:${port}/`,
      `http://2130706433:${port}/`,
      `http://0x7f000001:${port}/`,
      `http://0177.0.0.1:${port}/`,
      `http://[::1]:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      `http://0.0.0.0:${port}/`,
      `http://user:password@127.0.0.1:${port}/`,
      `${peer.url}/api/status`,
      'http://169.254.169.254/latest/meta-data/',
      'http://[fe80::1]/',
      'http://10.0.0.1/',
      'http://192.168.1.1/',
      'file:///etc/passwd',
      'ftp://127.0.0.1/',
      'gopher://127.0.0.1/',
      'data:text/plain,x',
      'job:no-such-job/output',
    ];
    for (const href of addresses) {
      const api = await execute({ inputs: { text: { href } }, outputs: { text: {} } });
      t.is(api.status, 400, href);
      t.regex(api.body, /"locator":"text"/, href);
      const wps = await post(
        '/wps',
        execute2('echo', { text: { href } }, { outputs: { text: 'value' } }),
        'text/xml',
      );
      t.is(wps.status, 400, href);
      t.regex(wps.body, /exceptionCode="DataNotAccessible" locator="text"/, href);
    }
    t.is(asked, 0);
  },
);

test.serial('what is wrong with an input is told by its name, before a job is made', async (t) => {
  const jobs = async () =>
    ((await (await fetch(`${peer.url}/ogcapi/jobs?limit=1000`)).json()) as { jobs: unknown[] }).jobs.length;
  const before = await jobs();
  const wrong: [string, unknown][] = [
    ['integer', 1.5],
    ['integer', 'seven'],
    ['integer', {}],
    ['integer', null],
    ['number', 'NaN'],
    ['boolean', 'perhaps'],
    ['date', '2026-02-30'],
    ['choice', 'violet'],
    ['measure', { value: 1, uom: 'furlong' }],
    ['box', { bbox: [1, 2, 3] }],
    ['box', { bbox: [1, 2, 3, 4], crs: 'EPSG:9999' }],
    ['box', 'here'],
    ['binary', { value: '***', encoding: 'base64' }],
    ['text', { value: 'x', mediaType: 'video/mp4' }],
    ['text', { value: 'x', encoding: 'rot13' }],
    ['nonsense', 1],
    ['__proto__', 1],
  ];
  for (const [id, value] of wrong) {
    const answer = await execute(`{"inputs":{${JSON.stringify(id)}:${JSON.stringify(value)}}}`);
    t.is(answer.status, 400, id);
    const { detail, locator } = JSON.parse(answer.body) as { detail: string; locator: string };
    t.true(detail.includes(`"${id}"`), detail);
    t.is(locator, id);
  }
  t.is(await jobs(), before);
  const missing = await post('/ogcapi/processes/buffer/execution', '{"inputs":{}}', 'application/json');
  t.regex(missing.body, /"features\\" is missing/);
  t.is((await post('/ogcapi/processes/none/execution', '{}', 'application/json')).status, 404);
});

test.serial('what is no JSON, or no request', async (t) => {
  for (const body of [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '7',
    '{"inputs":[]}',
    '{"inputs":{},"outputs":[]}',
    '{"response":"nix"}',
    '\u0000',
    '{"a":1}',
  ]) {
    const answer = await execute(body);
    t.is(answer.status, 400, body);
    t.is(answer.type, 'application/problem+json');
  }
  t.is((await execute({})).status, 200);
});

test.serial('methods that a resource has not are told those that it has', async (t) => {
  const allowed: Record<string, string> = {
    '/wps': 'GET, HEAD, POST, OPTIONS',
    '/ogcapi/jobs': 'GET, HEAD, OPTIONS',
    '/ogcapi/jobs/x': 'GET, HEAD, DELETE, OPTIONS',
    '/ogcapi/processes/echo/execution': 'POST, OPTIONS',
    '/jobs/x/status': 'GET, HEAD, OPTIONS',
  };
  for (const [path, allow] of Object.entries(allowed)) {
    const response = await fetch(`${peer.url}${path}`, { method: 'PATCH', body: 'x' });
    t.is(response.status, 405, path);
    t.is(response.headers.get('allow'), allow, path);
    await response.arrayBuffer();
  }
});

test.serial('preferences of a client', async (t) => {
  const run = (prefer: string, pause = 0) =>
    fetch(`${peer.url}/ogcapi/processes/echo/execution`, {
      method: 'POST',
      headers: { prefer },
      body: JSON.stringify({ inputs: { string: 'a', pause }, outputs: { string: {} } }),
    });
  for (const [prefer, status] of [
    ['respond-async', 201],
    ['Respond-Async; wait=10', 201],
    ['return=minimal, respond-async', 201],
    ['respond-sync', 200],
    ['wait=10', 200],
    [',,;=', 200],
    ['', 200],
  ] as const) {
    const response = await run(prefer);
    t.is(response.status, status, prefer);
    await response.arrayBuffer();
  }
  const waited = await run('wait=1', 30);
  t.is(waited.status, 201, 'it would rather have the job than wait longer');
  await fetch(waited.headers.get('location') as string, { method: 'DELETE' });
});

test.serial(
  'archives that are bombs or lead out of their folder fail their job with the reason',
  async (t) => {
    const before = await residentBytes();
    const zeros = Buffer.alloc(300 * MIB);
    const layer = { name: 'a.shp', data: Buffer.from('no shapefile') };
    const bomb = craftZip([{ name: 'a.dbf', data: zeros }]);
    t.true(bomb.length < MIB);
    const archives: [Buffer, RegExp][] = [
      [bomb, /200 times as large/],
      [
        craftZip(Array.from({ length: 20_000 }, (_, i) => ({ name: `${i}`, method: 0 }))),
        /more than 10000 files/,
      ],
      [
        craftZip([layer, ...Array.from({ length: 500 }, (_, i) => ({ name: `${i}`, sharesWith: 0 }))]),
        /share/,
      ],
      [craftZip([layer, { name: '../../../etc/cron.d/a.shp' }]), /relative path/],
      [craftZip([layer, { name: 'a.dbf', data: Buffer.from('/etc/passwd'), mode: 0o120777 }]), /link/],
      [craftZip([layer, layer]), /twice/],
      [craftZip([{ ...layer, data: zeros, claimedBytes: 100 }]), /holds more than it says/],
      [bomb.subarray(0, 100_000), /no zip/],
    ];
    for (const [archive, reason] of archives) {
      const value = archive.toString('base64');
      const answer = await post(
        '/ogcapi/processes/gdal-ogr2ogr/execution',
        JSON.stringify({ inputs: { input: { value, encoding: 'base64', mediaType: 'application/zip' } } }),
        'application/json',
      );
      t.is(answer.status, 400, answer.body);
      const { detail, locator } = JSON.parse(answer.body) as { detail: string; locator: string };
      t.regex(detail, reason);
      t.is(locator, 'input');
    }
    t.true((await residentBytes()) - before < MAX_GROWTH_BYTES);
  },
);

test.serial(
  'a zip that says less than it holds is read no further by a program, whose job fails',
  async (t) => {
    // More than it is packed in: that it is not true shows when it is unpacked.
    const lie = { data: Buffer.alloc(100 * MIB), claimedBytes: MIB };
    const archive = craftZip([
      { name: 'a.shp', ...lie },
      { name: 'a.dbf', ...lie },
    ]);
    const accepted = await tell('/ogcapi/processes/gdal-ogr2ogr/execution', {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      body: JSON.stringify({
        inputs: {
          input: { value: archive.toString('base64'), encoding: 'base64', mediaType: 'application/zip' },
        },
      }),
    });
    t.is(accepted.status, 201, accepted.body);
    const { jobID } = JSON.parse(accepted.body) as { jobID: string };
    const job = async () =>
      JSON.parse((await tell(`/ogcapi/jobs/${jobID}`, {})).body) as { status: string; message: string };
    await until(async () => ['successful', 'failed'].includes((await job()).status), 'the end of the job');
    t.like(await job(), { status: 'failed' });
    t.regex((await job()).message, /a\.sh[px]/i);
    t.is((await execute({ inputs: { string: 'still here' }, outputs: { string: {} } })).body, 'still here');
  },
);

test.serial('the peer is the same as before', async (t) => {
  t.true(peer.running);
  t.notRegex(peer.stderr, /unhandled|uncaught|failed unexpectedly/i);
  await until(
    async () => (await execute({ inputs: { string: 'well' }, outputs: { string: {} } })).body === 'well',
    'a job',
  );
});
