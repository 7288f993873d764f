import test, { type ExecutionContext } from 'ava';
import { openDoor } from './helpers/door.ts';
import { loneJobs } from './helpers/lone-jobs.ts';

const GEOJSON = JSON.stringify({ type: 'Point', coordinates: [1, 2], note: 'x'.repeat(5000) });

async function door(t: ExecutionContext) {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  return (await openDoor(t, { jobs })).url;
}

function execute(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = { inputs: { geometry: { value: JSON.parse(GEOJSON) } }, outputs: { geometry: {} } };
  return fetch(`${url}/ogcapi/processes/echo/execution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

test('an output at its address: a type, a name, a tag, and ranges', async (t) => {
  const url = await door(t);
  const job = (await execute(url)).headers.get('x-gismesh-job');
  const address = `${url}/jobs/${job}/outputs/geometry`;
  const whole = await fetch(address);
  const content = await whole.text();
  t.regex(whole.headers.get('content-type') ?? '', /json/);
  t.regex(whole.headers.get('content-disposition') ?? '', /filename="geometry\.(geo)?json"/);
  const etag = whole.headers.get('etag') as string;
  const part = await fetch(address, { headers: { range: 'bytes=10-19', 'if-range': etag } });
  t.is(part.status, 206);
  t.is(part.headers.get('content-range'), `bytes 10-19/${content.length}`);
  t.is(await part.text(), content.slice(10, 20));
  t.is((await fetch(address, { headers: { 'if-none-match': etag } })).status, 304);
  t.is((await fetch(address, { headers: { 'if-match': `"other", ${etag}` } })).status, 200);
  t.is((await fetch(address, { headers: { 'if-match': `W/${etag}` } })).status, 412);
  t.is((await fetch(address, { headers: { 'if-match': '"other"' } })).status, 412);
  t.is((await fetch(address, { headers: { range: `bytes=${content.length}-` } })).status, 416);
  const head = await fetch(address, { method: 'HEAD' });
  t.is(head.headers.get('content-length'), String(content.length));
  t.is((await fetch(`${url}/jobs/${job}/outputs/colours`)).status, 404);
});

test('what answers a request to execute is whole, whatever range it asks for', async (t) => {
  const url = await door(t);
  const answer = await execute(url, { range: 'bytes=0-1', 'if-none-match': '*' });
  t.is(answer.status, 200);
  t.deepEqual(await answer.json(), JSON.parse(GEOJSON));
});
