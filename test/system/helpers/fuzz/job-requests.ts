import { XMLValidator } from 'fast-xml-parser';
import type { RawAnswer } from '../raw-http.ts';
import { execute1, execute2 } from '../wps-requests.ts';
import type { Dice } from './dice.ts';
import { nasty } from './values.ts';

/** One request to a door of geoprocessing. */
export interface JobRequest {
  readonly kind: 'WPS by parameters' | 'WPS posted' | 'OGC API' | 'OGC API execution' | 'poll';
  readonly method: string;
  readonly bytes: Buffer;
}

type Pair = [name: string, value: string];

const IDS = [
  'string',
  'integer',
  'measure',
  'box',
  'choice',
  'object',
  'text',
  'binary',
  'strings',
  'date',
  'geometry',
];
const JOBS = [
  '0b6a3b2e-0000-4000-8000-000000000000',
  '..',
  '%2e%2e',
  '%00',
  'a'.repeat(300),
  '<x>',
  '-',
  '日本',
];

export function jobRequest(dice: Dice): JobRequest {
  const make = dice.pick([parameters, parameters, posted, posted, api, api, execution, execution, poll]);
  return make(dice);
}

function target(kind: JobRequest['kind'], method: string, path: string, headers = ''): JobRequest {
  // What a mutation made of it is sent as it is, but for what would end the line.
  const line = path.replaceAll(/[\s]/g, '+');
  return {
    kind,
    method,
    bytes: Buffer.from(`${method} ${line} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`, 'latin1'),
  };
}

function part(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function parameters(dice: Dice): JobRequest {
  const pairs: Pair[] = [
    ['service', 'WPS'],
    ['version', dice.pick(['1.0.0', '1.0.0', '2.0.0', '2.0.2', '3'])],
    [
      'request',
      dice.pick([
        'GetCapabilities',
        'DescribeProcess',
        'Execute',
        'Execute',
        'Execute',
        'GetStatus',
        'GetResult',
        'Dismiss',
        'GetExecutions',
        'GetExecutionStatus',
        'GetExecutionResult',
      ]),
    ],
    ['identifier', dice.pick(['echo', 'echo', 'echo', 'ALL', 'buffer,echo', nasty(dice)])],
    ['DataInputs', dataInputs(dice)],
    ...maybe(dice, 'RawDataOutput', dice.pick([...IDS, 'nix', 'string;text', nasty(dice)])),
    ...maybe(
      dice,
      'ResponseDocument',
      dice.pick(['string=@asReference=true', 'text@mimeType=text/csv', '[string;text]', nasty(dice)]),
    ),
    ...maybe(dice, 'lineage', dice.pick(['true', 'false', 'TRUE', '1', nasty(dice)])),
    ...maybe(dice, 'status', dice.pick(['true', 'false', nasty(dice)])),
    ...maybe(dice, 'storeExecuteResponse', dice.pick(['true', 'false', nasty(dice)])),
    ...maybe(dice, 'jobId', dice.pick([...JOBS, nasty(dice)])),
    ...maybe(dice, 'executionId', dice.pick([...JOBS, nasty(dice)])),
    ...maybe(dice, 'AcceptVersions', dice.pick(['2.0.0', '9,1.0.0', nasty(dice)])),
    ...maybe(dice, 'maxFeatures', dice.pick(['1', '-1', '1e9', nasty(dice)])),
  ];
  const written = pairs
    .filter(() => dice.chance(0.96))
    .map(
      ([name, value]) =>
        `${dice.chance(0.3) ? anyCase(dice, name) : name}=${part(dice.chance(0.05) ? nasty(dice) : value)}`,
    );
  const query = dice.chance(0.1) ? dice.mangle(written.join('&'), dice.int(1, 6)) : written.join('&');
  return target('WPS by parameters', dice.pick(['GET', 'GET', 'GET', 'HEAD']), `/wps?${query}`);
}

function maybe(dice: Dice, name: string, value: string): Pair[] {
  return dice.chance(0.25) ? [[name, value]] : [];
}

function anyCase(dice: Dice, name: string): string {
  return [...name].map((letter) => (dice.chance(0.5) ? letter.toUpperCase() : letter.toLowerCase())).join('');
}

function dataInputs(dice: Dice): string {
  const items = Array.from({ length: dice.int(0, 4) }, () => {
    const id = dice.chance(0.9) ? dice.pick(IDS) : nasty(dice);
    const value = dice.pick([
      () => goodValue(dice, id),
      () => goodValue(dice, id),
      () => nasty(dice),
      () => part(nasty(dice)),
    ])();
    const attribute = dice.chance(0.2)
      ? dice.pick([
          '@uom=km',
          '@mimeType=text/csv',
          '@encoding=base64',
          '@xlink:href=http://127.0.0.1:9/',
          '@href=file:///etc/passwd',
          `@${nasty(dice)}`,
          '@body=x',
        ])
      : '';
    return `${id}=${value}${attribute}`;
  });
  return dice.chance(0.2) ? `[${items.join(';')}]` : items.join(';');
}

function goodValue(dice: Dice, id: string): string {
  const values: Record<string, string> = {
    integer: String(dice.int(-9, 9)),
    measure: '2.5',
    box: '1,2,3,4,EPSG:4326',
    choice: 'red',
    object: '{"a":[1]}',
    binary: 'AAEC',
    date: '2026-01-02',
    geometry: '{"type":"Point","coordinates":[1,2]}',
  };
  return values[id] ?? 'words';
}

function posted(dice: Dice): JobRequest {
  const inputs = Object.fromEntries(
    Array.from({ length: dice.int(0, 4) }, () => {
      const id = dice.pick(IDS);
      return [
        id,
        dice.pick([
          () => goodValue(dice, id),
          () => nasty(dice),
          () => ({ box: [nasty(dice), '1 2'] as const, crs: 'EPSG:4326' }),
          () => ({ data: nasty(dice), mimeType: 'text/plain' }),
          () => ({ data: `<a>${'<b>'.repeat(dice.pick([3, 300]))}`, mimeType: 'text/xml' }),
          () => ({
            href: dice.pick([
              'http://127.0.0.1:9/',
              'http://169.254.169.254/',
              'job:a/b',
              'file:///etc/passwd',
            ]),
          }),
        ])(),
      ];
    }),
  );
  const good = dice.chance(0.5)
    ? execute1('echo', inputs, {
        document: dice.pick(['', 'lineage="true"', 'status="true"', 'storeExecuteResponse="true"']),
      })
    : execute2('echo', inputs, {
        mode: dice.pick(['sync', 'async', 'auto', 'nix']),
        response: dice.pick(['raw', 'document', '']),
      });
  const body = dice.pick([
    () => good,
    () => dice.mangle(good, dice.int(1, 6)),
    () =>
      good
        .replace(/^<\?xml.*?\?>/, '<!DOCTYPE a [<!ENTITY e "x"><!ENTITY f "&e;&e;&e;">]>')
        .replace('echo', '&f;'),
    () => good.slice(0, dice.int(0, good.length)),
    () => good.replaceAll('wps:', '').replaceAll('ows:', dice.pick(['', 'x:'])),
    () => `${'<a>'.repeat(dice.pick([40, 40_000]))}`,
    () =>
      `<wps:Execute ${Array.from({ length: dice.pick([20, 20_000]) }, (_, i) => `a${i}="${i}"`).join(' ')}/>`,
    () => `<wps:Execute service="WPS" version="1.0.0" x="${'y'.repeat(dice.pick([10, 500_000]))}"/>`,
    () =>
      `<Execute service="WPS" version="1.0.0"><Identifier>${'z'.repeat(dice.pick([10, 300_000]))}</Identifier></Execute>`,
    () => nasty(dice),
  ])();
  const encoding = dice.pick(['utf8', 'utf8', 'utf8', 'utf16le', 'latin1'] as const);
  return withBody(
    dice,
    'WPS posted',
    '/wps',
    dice.pick([
      'text/xml',
      'application/xml',
      'text/xml; charset=utf-16',
      '',
      'application/x-www-form-urlencoded',
      'application/json',
    ]),
    Buffer.from(body, encoding),
  );
}

function withBody(
  dice: Dice,
  kind: JobRequest['kind'],
  path: string,
  type: string,
  body: Buffer,
  headers = '',
): JobRequest {
  const head = (more: string) =>
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${headers}${more}\r\n\r\n`,
      'latin1',
    );
  const isChunked = body.length > 0 && dice.chance(0.2);
  const bytes = isChunked
    ? Buffer.concat([
        head('Transfer-Encoding: chunked'),
        Buffer.from(`${body.length.toString(16)}\r\n`),
        body,
        Buffer.from('\r\n0\r\n\r\n'),
      ])
    : Buffer.concat([head(`Content-Length: ${body.length}`), body]);
  return { kind, method: 'POST', bytes };
}

function api(dice: Dice): JobRequest {
  const job = part(dice.pick([...JOBS, nasty(dice)]));
  const path = dice.pick([
    '/',
    '/conformance',
    '/api',
    '/processes',
    '/processes/echo',
    `/processes/${part(nasty(dice))}`,
    '/jobs',
    '/jobs',
    '/jobs',
    `/jobs/${job}`,
    `/jobs/${job}/results`,
    `/${part(nasty(dice))}`,
  ]);
  const names = [
    'f',
    'limit',
    'offset',
    'type',
    'processID',
    'status',
    'datetime',
    'minDuration',
    'maxDuration',
  ];
  const values = [
    'html',
    'json',
    '1',
    '0',
    '-1',
    'echo',
    'process',
    'successful,failed',
    '2020-01-01T00:00:00Z/..',
    '../..',
    '2026-13-45',
    '0.5',
  ];
  const query = Array.from(
    { length: dice.int(0, 4) },
    () => `${dice.pick(names)}=${part(dice.chance(0.7) ? dice.pick(values) : nasty(dice))}`,
  );
  const accept = dice.pick([
    '',
    'Accept: text/html\r\n',
    'Accept: application/json\r\n',
    `Accept: ${'a/b;q=0.1,'.repeat(100)}\r\n`,
    'Accept: ;;;q=\r\n',
  ]);
  const method = dice.pick(['GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']);
  return target('OGC API', method, `/ogcapi${path}?${query.join('&')}`, accept);
}

function execution(dice: Dice): JobRequest {
  const input = (id: string): unknown =>
    dice.pick([
      () => goodValue(dice, id),
      () => dice.int(-9, 9),
      () => nasty(dice),
      () => null,
      () => ({ value: nasty(dice) }),
      () => ({
        value: goodValue(dice, id),
        mediaType: dice.pick(['text/plain', 'application/json', nasty(dice)]),
        encoding: dice.pick(['', 'base64', nasty(dice)]),
      }),
      () => ({
        href: dice.pick([
          'http://127.0.0.1:9/',
          'http://[::1]/',
          'http://169.254.169.254/',
          'job:a/b',
          nasty(dice),
        ]),
      }),
      () => ({ bbox: [1, dice.pick([2, null, 'x']), 3, 4], crs: nasty(dice) }),
      () => [nasty(dice), dice.int(0, 9), { value: 'a' }],
      () => ({ __proto__: null, constructor: 1, [nasty(dice)]: 1 }),
    ])();
  const ids = Array.from({ length: dice.int(0, 4) }, () => (dice.chance(0.9) ? dice.pick(IDS) : nasty(dice)));
  const body = {
    inputs: Object.fromEntries(ids.map((id) => [id, input(id)])),
    ...(dice.chance(0.4)
      ? {
          outputs: {
            [dice.pick([...IDS, nasty(dice)])]: dice.pick([
              {},
              { transmissionMode: 'reference' },
              { transmissionMode: 'nix' },
              { format: { mediaType: nasty(dice) } },
              null,
              7,
            ]),
          },
        }
      : {}),
    ...(dice.chance(0.4) ? { response: dice.pick(['raw', 'document', 'nix', null]) } : {}),
    ...(dice.chance(0.1)
      ? { subscriber: { successUri: dice.pick(['http://127.0.0.1:9/', 'file:///x', nasty(dice)]) } }
      : {}),
  };
  const json = JSON.stringify(body);
  const text = dice.pick([
    () => json,
    () => json,
    () => dice.mangle(json, dice.int(1, 5)),
    () => `${'['.repeat(dice.pick([10, 5_000, 200_000]))}`,
    () => `{"inputs":${'{"a":'.repeat(dice.pick([100, 3_000]))}1${'}'.repeat(100)}`,
    () => `{"inputs":{${Array.from({ length: dice.pick([10, 20_000]) }, (_, i) => `"a${i}":1`).join()}}}`,
    () => `{"inputs":{"strings":[${Array.from({ length: dice.pick([10, 20_000]) }, () => '"x"').join()}]}}`,
    () => nasty(dice),
  ])();
  const prefer = dice.pick([
    '',
    '',
    'Prefer: respond-async\r\n',
    'Prefer: wait=0\r\n',
    'Prefer: respond-async, wait=1e9\r\n',
    'Prefer: ,;=,\r\n',
  ]);
  const process = dice.chance(0.9) ? 'echo' : part(nasty(dice));
  return withBody(
    dice,
    'OGC API execution',
    `/ogcapi/processes/${process}/execution`,
    dice.pick(['application/json', 'application/json', 'text/plain', '']),
    Buffer.from(text),
    prefer,
  );
}

function poll(dice: Dice): JobRequest {
  const job = part(dice.pick([...JOBS, nasty(dice)]));
  return target('poll', dice.pick(['GET', 'GET', 'HEAD', 'POST']), `/jobs/${job}/status?executionId=${job}`);
}

/** Answers that say what the matter is: all but those in which the peer is at a loss, or a job failed that should not. */
const NEVER = new Set([500, 502, 504]);

/** What is wrong with the answer of a door; undefined when nothing is. */
export function jobComplaint(
  { kind, method, bytes }: JobRequest,
  answer: RawAnswer | undefined,
): string | undefined {
  if (!answer) return 'closed without an answer';
  const { status, headers, body } = answer;
  if (NEVER.has(status)) return `status ${status}: ${body.toString('utf8', 0, 300)}`;
  const type = headers['content-type'] ?? '';
  if (method === 'HEAD' || body.length === 0) return undefined;
  // Refused before any door, or led away from all of them.
  if (status === 414 || /\/(?:\.\.|\/)/.test(bytes.toString('latin1', 0, 200))) return undefined;
  const text = body.toString('utf8');
  if (/^text\/xml(?:$|; charset)/.test(type)) {
    const found = XMLValidator.validate(text);
    if (found !== true) return `XML that is none: ${found.err.msg}`;
    if (status >= 400 && !text.includes('<ows:ExceptionText>')) return `${status} without an exception`;
    return undefined;
  }
  if (/^application\/(?:problem\+)?json$/.test(type) && status >= 400) {
    const { status: told, type: about } = JSON.parse(text) as { status: number; type: string };
    return told === status && typeof about === 'string'
      ? undefined
      : `a problem of status ${told} with ${status}`;
  }
  if (kind === 'OGC API' && /^application\/json/.test(type)) return JSON.parse(text) && undefined;
  if (status >= 400 && !/^text\/html/.test(type)) return `${status} as ${type}: ${text.slice(0, 200)}`;
  return undefined;
}
