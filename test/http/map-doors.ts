import test from 'ava';
import { Registry } from 'prom-client';
import { httpConfig } from '../../src/config/http.ts';
import { ogcConfig } from '../../src/config/ogc.ts';
import { GismeshError } from '../../src/core/errors.ts';
import { Call } from '../../src/http/call.ts';
import type { FrontDoorContext } from '../../src/http/front-door-context.ts';
import { type MapDoors, mapDoors } from '../../src/http/map-doors.ts';
import { HttpMetrics } from '../../src/http/metrics.ts';
import type { Reply } from '../../src/http/reply.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemClock } from '../../src/platform/system.ts';
import { mapQuery } from './helpers/door.ts';
import { crsCatalogue, FakeMaps } from './helpers/fake-maps.ts';

type Door = keyof MapDoors;

const options = httpConfig.parse({});

/** A request to a door, as it comes from a router. */
type Told = Reply & { readonly text: string };

function openDoors() {
  const registry = new Registry();
  const maps = new FakeMaps();
  const doors = mapDoors({
    context: { maps, crs: crsCatalogue } as unknown as FrontDoorContext,
    ogc: ogcConfig.parse({}),
    options,
    clock: systemClock,
    log: silentLog,
    metrics: new HttpMetrics(registry),
    closing: () => false,
  });
  const ask = async (door: Door, path: string, init: RequestInit = {}, project?: string): Promise<Told> => {
    const request = new Request(`http://localhost${path}`, init);
    const reply = await doors[door](new Call({ request, parameter: () => project }, options, 0));
    return { ...reply, text: Buffer.from((reply.body ?? '') as Uint8Array).toString() };
  };
  return { ask, maps, registry };
}

/** A request that each door answers with a map, and one that it cannot. */
const PATHS: Readonly<Record<Door, { readonly good: string; readonly bad: string }>> = {
  wms: { good: `/wms?${mapQuery()}`, bad: `/wms?${mapQuery({ LAYERS: 'nosuch' })}` },
  wmts: {
    good: '/wmts?SERVICE=WMTS&VERSION=1.0.0&REQUEST=GetTile&LAYER=land&STYLE=default&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=2&TILEROW=1&TILECOL=1&FORMAT=image/png',
    bad: '/wmts?SERVICE=WMTS&VERSION=1.0.0&REQUEST=GetTile&LAYER=nosuch',
  },
  wmtsResource: {
    good: '/wmts/world/land/default/WebMercatorQuad/2/1/1.png',
    bad: '/wmts/world/nosuch/default/WebMercatorQuad/2/1/1.png',
  },
  tiles: { good: '/tiles/world/2/1/1.png', bad: '/tiles/nosuch/2/1/1.png' },
};

/** In whose words each door tells of errors. */
const WORDS: Readonly<Record<Door, RegExp>> = {
  wms: /<ServiceExceptionReport version="1\.3\.0"/,
  wmts: /<(?:ows:)?ExceptionReport/,
  wmtsResource: /<(?:ows:)?ExceptionReport/,
  tiles: /^[^<{]+$/,
};

for (const [door, { good, bad }] of Object.entries(PATHS) as [Door, (typeof PATHS)[Door]][]) {
  test(`${door}: a map, whoever's page asks for it`, async (t) => {
    const { ask, maps } = openDoors();
    const { status, headers, text } = await ask(door, good, { headers: { origin: 'https://other.example' } });
    t.is(status, 200, text);
    t.is(headers['content-type'], 'image/png');
    t.is(headers['access-control-allow-origin'], '*');
    t.is(text, maps.answer.body.toString());
    t.is(maps.views.length, 1);
  });

  test(`${door}: what is wrong is told in its own words`, async (t) => {
    const { ask, maps } = openDoors();
    const wrong = await ask(door, bad);
    t.true(wrong.status >= 400 && wrong.status < 500, String(wrong.status));
    t.regex(wrong.text, WORDS[door]);
    maps.draw = async () => {
      throw new GismeshError('BUSY', 'every queue is full');
    };
    const busy = await ask(door, good);
    t.is(busy.status, 503);
    t.regex(busy.text, WORDS[door]);
    t.regex(busy.text, /every queue is full/);
  });

  test(`${door}: methods that it has not are refused in its own words`, async (t) => {
    const { ask } = openDoors();
    const takesPost = door === 'wms' || door === 'wmts';
    const { status, headers, text } = await ask(door, good, { method: takesPost ? 'PUT' : 'POST' });
    t.is(status, 405);
    t.is(headers.allow, takesPost ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, OPTIONS');
    t.regex(text, WORDS[door]);
  });
}

test('a map may be asked for by a form, and of the project that the path names', async (t) => {
  const { ask, maps } = openDoors();
  const form = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: mapQuery(),
  };
  t.is((await ask('wms', '/wms/town', form, 'town')).status, 200);
  t.is((await ask('wms', '/wms', form)).status, 200);
  t.deepEqual(
    maps.views.map(({ project }) => project),
    ['town', 'world'],
  );
});

test('each service is counted by its name', async (t) => {
  const { ask, registry } = openDoors();
  for (const [door, { good }] of Object.entries(PATHS) as [Door, (typeof PATHS)[Door]][])
    await ask(door, good);
  const metrics = await registry.metrics();
  for (const [route, count] of [
    ['wms', 1],
    ['wmts', 2],
    ['tiles', 1],
  ] as const) {
    const line = new RegExp(`^gismesh_http_requests_total\\{route="${route}",[^}]*\\} ${count}$`, 'm');
    t.regex(metrics, line);
  }
});
