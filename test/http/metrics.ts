import test from 'ava';
import { mapQuery, openDoor } from './helpers/door.ts';
import { rawRequest } from './helpers/raw-http.ts';

test('requests are counted by route, status and cache, also the refused ones', async (t) => {
  const { url, node } = await openDoor(t);
  const map = `/wms?${mapQuery()}`;
  await rawRequest(url, { path: map });
  node.maps.answer = { ...node.maps.answer, cache: 'hit' };
  await rawRequest(url, { path: map });
  await rawRequest(url, { path: map });
  await rawRequest(url, { path: map, headers: { 'if-none-match': node.maps.answer.etag } });
  await rawRequest(url, { path: '/wms/nosuch' });
  await rawRequest(url, { path: '/tiles/world/0/0/0.png' });
  await rawRequest(url, { path: '/whatever/a/stranger/makes/up' });
  await rawRequest(url, { path: '/', headers: { host: 'evil.example.org' } });
  const text = await node.metrics();
  const counted = Object.fromEntries(
    [...text.matchAll(/^gismesh_http_requests_total\{(.*)\} (\d+)$/gm)].map(([, labels, count]) => [
      labels,
      Number(count),
    ]),
  );
  t.deepEqual(counted, {
    'route="wms",status="200",cache="miss"': 1,
    'route="wms",status="200",cache="hit"': 2,
    'route="wms",status="304",cache="hit"': 1,
    'route="wms",status="400",cache=""': 1,
    'route="tiles",status="200",cache="hit"': 1,
    'route="page",status="404",cache=""': 1,
    'route="refused",status="421",cache=""': 1,
  });
  t.regex(text, /^gismesh_http_request_duration_seconds_count\{route="wms"\} 5$/m);
  t.regex(text, /^gismesh_http_event_clients 0$/m);
  t.regex(await node.metrics(), /route="wms",status="200",cache="hit"\} 2$/m, 'reading changes nothing');
});
