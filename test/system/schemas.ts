import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { MapFolders, plainMap } from './helpers/map-folders.ts';
import { type PeerProcess, startMesh, until } from './helpers/peer-process.ts';

const execute = promisify(execFile);
const schemas = path.resolve(import.meta.dirname, '../../../shared/schemas/ogc');

/** Everything that XML, HTML and a shell could stumble over. */
const TITLE = `<b>Fröhliche & "große" 'Karte' ]]> 日本 🗺 \${x} %20`;

let peer: PeerProcess;
let maps: MapFolders;
let folder = '';

test.before(async () => {
  await access(schemas).catch((cause) => {
    throw new Error(`the OGC's schemas are not at ${schemas}: they are needed to judge answers by`, {
      cause,
    });
  });
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-schemas-'));
  maps = await MapFolders.create();
  const metadata = {
    title: TITLE,
    abstract: `${TITLE}\n\n${TITLE}`,
    keywords: [TITLE, 'a,b'],
    attribution: TITLE,
    layers: { plain: { title: TITLE, abstract: TITLE } },
  };
  // JSON is YAML.
  await maps.write('odd', { ...plainMap('#336699'), 'project.yaml': JSON.stringify(metadata) });
  await maps.write('plain', plainMap('#993366'));
  const world = path.resolve(import.meta.dirname, '../../dist/projects/world');
  [peer] = (await startMesh(1, { args: ['--projects', maps.root, '--projects', world] })) as [PeerProcess];
  await until(async () => (await peer.json<unknown[]>('/api/projects')).length === 3, 'three projects');
});

test.after.always(async () => {
  await peer?.stop();
  await maps?.remove();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** `fetch` does not let a client choose its Host. */
function ask(route: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(peer.url + route, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text });
      });
    }).on('error', reject);
  });
}

/** Runs xmllint over a document without any access to a network; what it finds is the failure's message. */
async function lint(t: ExecutionContext, document: string, ...how: string[]): Promise<void> {
  const file = path.join(folder, `${t.title.replaceAll(/\W+/g, '-')}.xml`);
  await writeFile(file, document);
  await t.notThrowsAsync(execute('xmllint', ['--nonet', '--noout', ...how, file]), document.slice(0, 2000));
}

const validity = {
  '1.1.1': {
    capabilities: ['--dtdvalid', path.join(schemas, 'wms/1.1.1/WMS_MS_Capabilities.dtd')],
    exception: ['--dtdvalid', path.join(schemas, 'wms/1.1.1/exception_1_1_1.dtd')],
  },
  '1.3.0': {
    capabilities: ['--schema', path.join(schemas, 'wms/1.3.0/capabilities_1_3_0.xsd')],
    exception: ['--schema', path.join(schemas, 'wms/1.3.0/exceptions_1_3_0.xsd')],
  },
} as const;

const projects = ['world', 'odd', 'plain'];

for (const version of ['1.1.1', '1.3.0'] as const) {
  const query = `SERVICE=WMS&VERSION=${version}`;
  for (const project of projects) {
    test(`capabilities ${version} of ${project} are valid`, async (t) => {
      const { status, text } = await ask(`/wms/${project}?${query}&REQUEST=GetCapabilities`);
      t.is(status, 200);
      await lint(t, text, ...validity[version].capabilities);
    });
  }

  const mistakes = {
    'no request': '',
    'an unknown operation': '&REQUEST=Get%3CMap%3E',
    'an unknown layer':
      '&REQUEST=GetMap&LAYERS=%3C%26%22%00%1F%F0%9F%97%BA&STYLES=&SRS=CRS:84&CRS=CRS:84&BBOX=0,0,1,1&WIDTH=9&HEIGHT=9&FORMAT=image/png',
    'no numbers':
      '&REQUEST=GetMap&LAYERS=plain&STYLES=&SRS=CRS:84&CRS=CRS:84&BBOX=]]%3E,NaN,%22,%27&WIDTH=9&HEIGHT=9&FORMAT=image/png',
    'an unknown project': '&REQUEST=GetCapabilities&MAP=../../etc/passwd',
  };
  for (const [mistake, rest] of Object.entries(mistakes)) {
    test(`the exception ${version} about ${mistake} is valid`, async (t) => {
      const { status, text } = await ask(`/wms?${query}${rest}`);
      t.true(status >= 400 && status < 500, `${status}`);
      t.regex(text, /<ServiceException /);
      await lint(t, text, ...validity[version].exception);
    });
  }
}

test('OWS exceptions of the WMTS are valid', async (t) => {
  const { status, text } = await ask('/wmts?SERVICE=WMTS&REQUEST=GetTile&LAYER=%3C%26');
  t.is(status, 400);
  await lint(t, text, '--schema', path.join(schemas, 'ows/1.1.0/owsAll.xsd'));
});

for (const project of projects) {
  test(`WMTS capabilities of ${project} are well-formed, and OWSLib fetches tiles by them`, async (t) => {
    const { text } = await ask(`/wmts/${project}/1.0.0/WMTSCapabilities.xml`);
    await lint(t, text);
    const script = path.join(import.meta.dirname, 'clients/owslib_wmts.py');
    const layer = project === 'world' ? 'countries' : 'plain';
    const address = `${peer.url}/wmts/${project}`;
    const { stdout } = await execute('/usr/bin/python3', [script, address, layer], { timeout: 60_000 });
    t.regex(stdout, /^gettile /m);
    t.regex(stdout, /done\n$/);
    if (project === 'odd') t.true(stdout.includes(`title ${TITLE}\n`), stdout);
  });
}

/** Proxies and names by which a client may come, and how the service must then call itself. */
const approaches: ReadonlyArray<[headers: Record<string, string>, base: string]> = [
  [
    {
      'x-forwarded-host': 'maps.example.org',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/gis/karten',
    },
    'https://maps.example.org/gis/karten',
  ],
  [
    { 'x-forwarded-host': 'a.example.org, b.internal', 'x-forwarded-proto': 'https, http' },
    'https://a.example.org',
  ],
  [{ 'x-forwarded-host': 'maps.example.org', 'x-forwarded-port': '8443' }, 'http://maps.example.org:8443'],
  [{ forwarded: 'for=192.0.2.1;host="[2001:db8::1]:81";proto=https' }, 'https://[2001:db8::1]:81'],
  [{ host: 'localhost:9999' }, 'http://localhost:9999'],
  // What is no host never gets into a document.
  [{ host: 'localhost', 'x-forwarded-host': 'evil.example/"><script>' }, 'http://localhost'],
  [
    { host: 'localhost', 'x-forwarded-host': 'ok.example', 'x-forwarded-prefix': '//"><x>' },
    'http://ok.example',
  ],
];

for (const [headers, base] of approaches) {
  test(`documents point at ${base} for ${JSON.stringify(headers)}`, async (t) => {
    for (const version of ['1.1.1', '1.3.0'] as const) {
      const route = `/wms/odd?SERVICE=WMS&VERSION=${version}&REQUEST=GetCapabilities`;
      const { text } = await ask(route, headers);
      await lint(t, text, ...validity[version].capabilities);
      const addresses = [...text.matchAll(/xlink:href="([^"]*)"/g)].map(([, address]) => address as string);
      t.true(addresses.length > 5);
      t.deepEqual(
        addresses.filter((address) => !address.startsWith(`${base}/wms/odd`)),
        [],
      );
    }
    const { text } = await ask('/wmts/odd/1.0.0/WMTSCapabilities.xml', headers);
    await lint(t, text);
    const addresses = [...text.matchAll(/(?:xlink:href|template)="([^"]*)"/g)].map(([, address]) => address);
    t.deepEqual(
      addresses.filter((address) => !address?.startsWith(`${base}/wmts/odd`)),
      [],
    );
  });
}

test('POST of XML and of a form get the same capabilities as GET', async (t) => {
  const viaGet = await ask('/wms/odd?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetCapabilities');
  for (const [type, body] of [
    ['text/xml', '<GetCapabilities xmlns="http://www.opengis.net/wms" service="WMS" version="1.3.0"/>'],
    ['application/x-www-form-urlencoded', 'service=WMS&version=1.3.0&request=GetCapabilities'],
  ] as const) {
    const response = await fetch(`${peer.url}/wms/odd`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    t.is(response.status, 200);
    t.is(await response.text(), viaGet.text);
  }
});
