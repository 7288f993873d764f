import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import {
  fetchReference,
  fetchReferencedText,
  isPublicAddress,
  type ReferenceOptions,
} from '../../src/node/reference-fetch.ts';
import type { ReferenceValue } from '../../src/ogc/processes/execute-request.ts';
import { ProcessError } from '../../src/ogc/processes/problem.ts';

const open: ReferenceOptions = {
  maxReferenceBytes: 1000,
  referenceTimeoutMs: 5000,
  maxRedirects: 2,
  allowPrivateHosts: true,
};

async function server(t: ExecutionContext, handle: RequestListener): Promise<string> {
  const listening = createServer(handle).listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  t.teardown(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

function referenceTo(href: string, more: Partial<ReferenceValue> = {}): ReferenceValue {
  const format = { mediaType: '', encoding: '', schema: '' } as const;
  return { kind: 'reference', href, method: 'GET', headers: [], format, ...more };
}

async function fetched(
  t: ExecutionContext,
  href: string,
  options = open,
  more: Partial<ReferenceValue> = {},
) {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-reference-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'input');
  const reference = referenceTo(href, more);
  const { mediaType } = await fetchReference('data', reference, file, options, new AbortController().signal);
  return { mediaType, text: await readFile(file, 'utf8') };
}

test('an input is fetched with its media type, also behind a redirect', async (t) => {
  const url = await server(t, (request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/data' }).end();
    else response.writeHead(200, { 'content-type': 'application/geo+json' }).end('{}');
  });
  t.deepEqual(await fetched(t, `${url}/moved`), { mediaType: 'application/geo+json', text: '{}' });
});

for (const [what, answer, why] of [
  ['too large', (_, response) => response.end('x'.repeat(2000)), /larger than 1000 bytes/],
  ['redirected without end', (_, response) => response.writeHead(302, { location: '/' }).end(), /redirects/],
  ['not there', (_, response) => response.writeHead(404).end(), /status 404/],
  [
    'redirected to a file',
    (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    /file:/,
  ],
] as const satisfies ReadonlyArray<readonly [string, RequestListener, RegExp]>) {
  test(`an input that is ${what} is refused with the reason`, async (t) => {
    const error = await t.throwsAsync(fetched(t, `${await server(t, answer)}/`), {
      instanceOf: ProcessError,
    });
    t.is(error?.kind, 'data-not-accessible');
    t.is(error?.locator, 'data');
    t.regex(error?.message ?? '', why);
  });
}

test('what a server keeps compressed comes as the data meant, of which there may be so many', async (t) => {
  const url = await server(t, ({ url = '' }, response) => {
    const bytes = gzipSync(url === '/bomb' ? 'x'.repeat(100_000) : '{}');
    const encodings: Record<string, string> = { '/odd': 'sdch', '/often': 'gzip,'.repeat(1000) };
    response.writeHead(200, { 'content-encoding': encodings[url] ?? 'gzip' }).end(bytes);
  });
  t.is((await fetched(t, `${url}/data`)).text, '{}');
  await t.throwsAsync(fetched(t, `${url}/bomb`), { message: /larger than 1000 bytes/ });
  await t.throwsAsync(fetched(t, `${url}/often`), { message: /1001 times over/ });
  await t.throwsAsync(fetched(t, `${url}/odd`), { message: /sent as "sdch"/ });
});

test('the body of a POST is what its own address gives, with its type', async (t) => {
  const url = await server(t, async (request, response) => {
    if (request.url === '/query') response.writeHead(200, { 'content-type': 'text/xml' }).end('<query/>');
    else response.end(`${request.headers['content-type']} ${await text(request)}`);
  });
  const post = { method: 'POST', bodyHref: `${url}/query` } as const;
  t.is((await fetched(t, `${url}/wfs`, open, post)).text, 'text/xml <query/>');
  await t.throwsAsync(fetched(t, `${url}/wfs`, { ...open, allowPrivateHosts: false }, post), {
    message: /own network/,
  });
});

test('services are told who asks, and what is posted, unless the client tells them', async (t) => {
  const url = await server(t, ({ headers }, response) =>
    response.end(`${headers['user-agent']?.split('/')[0]} ${headers['content-type']}`),
  );
  const post = { method: 'POST', body: '<query/>' } as const;
  t.is((await fetched(t, url, open, post)).text, 'gismesh text/xml; charset=utf-8');
  const headers = [
    ['User-Agent', 'mine/1'],
    ['Content-Type', 'application/xml'],
  ] as const;
  t.is((await fetched(t, url, open, { ...post, headers })).text, 'mine application/xml');
});

test('a short text is fetched in the characters of its server', async (t) => {
  const url = await server(t, ({ url }, response) => {
    if (url === '/long') return response.end('x'.repeat(2000));
    return response
      .writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' })
      .end(Buffer.from('größe', 'latin1'));
  });
  const get = (path: string) =>
    fetchReferencedText('word', referenceTo(`${url}${path}`), open, new AbortController().signal);
  t.is(await get('/'), 'größe');
  await t.throwsAsync(get('/long'), { message: /Input "word": .* larger than 1000 bytes/ });
});

test('nothing of the own machine or network is fetched, by whatever name', async (t) => {
  let asked = 0;
  const url = await server(t, (_, response) => {
    asked += 1;
    response.end('secret');
  });
  const { port } = new URL(url);
  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
  ]) {
    const closed = { ...open, allowPrivateHosts: false };
    await t.throwsAsync(fetched(t, `http://${host}:${port}/`, closed), { message: /own network/ }, host);
  }
  t.is(asked, 0);
});

test('public addresses and others', (t) => {
  for (const address of ['8.8.8.8', '193.99.144.80', '2a00:1450:4001::1'])
    t.true(isPublicAddress(address), address);
  for (const address of [
    '10.1.2.3',
    '169.254.169.254',
    '172.20.0.1',
    '192.168.1.1',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    'no',
  ])
    t.false(isPublicAddress(address), address);
});
