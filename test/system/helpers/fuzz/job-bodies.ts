import { execute1, execute2 } from '../wps-requests.ts';
import type { Dice } from './dice.ts';
import { nasty } from './values.ts';

/** One request to a door of geoprocessing. */
export interface JobRequest {
  readonly kind: 'WPS by parameters' | 'WPS posted' | 'OGC API' | 'OGC API execution' | 'poll';
  readonly method: string;
  readonly bytes: Buffer;
}

export const IDS = [
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

export function part(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** A value that the input of that name takes. */
export function goodValue(dice: Dice, id: string): string {
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

/** A request of WPS as XML, with something wrong in it, mostly. */
export function posted(dice: Dice): JobRequest {
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

/** A request of OGC API - Processes to execute, with something wrong in it, mostly. */
export function execution(dice: Dice): JobRequest {
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
