import type { Dice } from './dice.ts';
import { execution, goodValue, IDS, type JobRequest, part, posted } from './job-bodies.ts';
import { nasty } from './values.ts';

type Pair = [name: string, value: string];

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

function poll(dice: Dice): JobRequest {
  const job = part(dice.pick([...JOBS, nasty(dice)]));
  return target('poll', dice.pick(['GET', 'GET', 'HEAD', 'POST']), `/jobs/${job}/status?executionId=${job}`);
}
