import test, { type ExecutionContext } from 'ava';
import type { JobsContext } from '../../src/http/front-door-context.ts';
import { openDoor } from './helpers/door.ts';
import { loneJobs } from './helpers/lone-jobs.ts';
import { rawRequest } from './helpers/raw-http.ts';

async function door(t: ExecutionContext, changes: Partial<JobsContext> = {}) {
  const jobs = await loneJobs(changes);
  t.teardown(() => jobs.stop());
  return (await openDoor(t, { jobs })).url;
}

const EXECUTE = 'service=WPS&version=1.0.0&request=Execute&identifier=echo';

function execute2(mode: string, text: string): RequestInit {
  const body = `<wps:Execute xmlns:wps="http://www.opengis.net/wps/2.0" xmlns:ows="http://www.opengis.net/ows/2.0"
    service="WPS" version="2.0.0" response="document" mode="${mode}">
    <ows:Identifier>echo</ows:Identifier>
    <wps:Input id="text"><wps:Data><wps:LiteralValue>${text}</wps:LiteralValue></wps:Data></wps:Input>
    <wps:Output id="text" transmission="value"/></wps:Execute>`;
  return { method: 'POST', headers: { 'content-type': 'text/xml' }, body };
}

async function text(response: Response, status = 200): Promise<string> {
  const body = await response.text();
  if (response.status !== status) throw new Error(`${response.status}: ${body}`);
  return body;
}

test('a synchronous job of 1.0.0, whose answer has exactly the type and address that clients look for', async (t) => {
  const url = await door(t);
  const response = await fetch(`${url}/wps?${EXECUTE}&DataInputs=text=hello`);
  t.is(response.headers.get('content-type'), 'text/xml');
  t.is(response.headers.get('x-gismesh-copies'), '0');
  const body = await text(response);
  t.regex(body, /<wps:ProcessSucceeded>/);
  t.regex(body, /<wps:LiteralData dataType="string">hello</);
  const id = response.headers.get('x-gismesh-job');
  t.true(body.includes(`statusLocation="${url}/jobs/${id}/status?executionId=${id}"`));
  const poll = await fetch(`${url}/jobs/${id}/status?executionId=${id}`);
  t.is(poll.headers.get('content-type'), 'text/xml');
  t.regex(await text(poll), /<wps:ProcessSucceeded>/);
});

test('each client is told the address that it came by, and how its job is now, however often it asks', async (t) => {
  const url = await door(t);
  const job = `storeExecuteResponse=true&status=true`;
  const accepted = await text(await fetch(`${url}/wps?${EXECUTE}&DataInputs=text=wait&${job}`));
  const status = /statusLocation="([^"]+)"/.exec(accepted)?.[1] ?? '';
  const poll = async (headers = {}) => text(await fetch(status, { headers }));
  t.is(await poll(), await poll());
  const elsewhere = await poll({ 'x-forwarded-host': 'maps.example.org', 'x-forwarded-proto': 'https' });
  t.regex(elsewhere, /statusLocation="https:\/\/maps\.example\.org\/jobs\//);
  t.true((await poll()).includes(`statusLocation="${status}"`));
  const id = new URL(status).searchParams.get('executionId');
  await fetch(`${url}/wps?service=WPS&version=1.0.0&request=Dismiss&executionId=${id}`);
  t.regex(await poll(), /<wps:ProcessFailed>[\s\S]*dismissed/);
  t.is(await poll(), await poll());
});

test('polls that are told again are counted, and differ in nothing from the first', async (t) => {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const { url, node } = await openDoor(t, { jobs });
  const executed = await fetch(`${url}/wps?${EXECUTE}&DataInputs=text=hello`);
  const id = executed.headers.get('x-gismesh-job');
  for (const route of [
    `/jobs/${id}/status?executionId=${id}`,
    `/wps?service=WPS&version=2.0.0&request=GetStatus&jobID=${id}`,
    `/wps?service=WPS&version=1.0.0&request=GetExecutionStatus&executionId=${id}`,
    `/ogcapi/jobs/${id}`,
    `/ogcapi/jobs/${id}?f=html`,
  ]) {
    const poll = async (headers: Record<string, string> = {}) => {
      const { status, headers: told, body } = await rawRequest(url, { path: route, headers });
      return { status, headers: { ...told, date: '' }, body: body.toString('latin1') };
    };
    const first = await poll();
    t.is(first.status, 200);
    t.deepEqual(await poll(), first);
    const zipped = await poll({ 'accept-encoding': 'gzip' });
    t.deepEqual(await poll({ 'accept-encoding': 'gzip' }), zipped);
    t.is((await poll({ origin: 'https://other.example' })).status, 403);
    t.deepEqual(await poll(), first);
  }
  const { values } = await node.registry.getSingleMetric('gismesh_http_requests_total')!.get();
  const polls = values.find(({ labels }) => labels.route === 'wps_status' && labels.status === '200');
  t.is(polls?.value, 5);
});

test('one output raw', async (t) => {
  const url = await door(t);
  const response = await fetch(`${url}/wps?${EXECUTE}&DataInputs=text=hello&RawDataOutput=text`);
  t.is(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  t.is(await text(response), 'hello');
});

test('bytes that XML cannot hold come as base64, also where they are said to be text', async (t) => {
  const url = await door(t);
  const data = Buffer.from([65, 0, 12]).toString('base64');
  const inputs = encodeURIComponent(`geometry=${data}@mimeType=application/geo+json@encoding=base64`);
  const answer = await text(await fetch(`${url}/wps?${EXECUTE}&DataInputs=${inputs}`));
  t.true(answer.includes(`encoding="base64">${data}<`), answer);
});

test('an output by reference is at an address without a query', async (t) => {
  const url = await door(t);
  const inputs = encodeURIComponent(
    'geometry={"type":"Point","coordinates":[1,2]}@mimeType=application/geo+json',
  );
  const response = await fetch(
    `${url}/wps?${EXECUTE}&DataInputs=${inputs}&ResponseDocument=geometry=@asReference=true`,
  );
  const href = /<wps:Reference href="([^"]+)"/.exec(await text(response))?.[1] ?? '';
  t.regex(href, /\/jobs\/[\w-]+\/outputs\/geometry$/);
  const kept = await fetch(href);
  t.is(kept.headers.get('content-type'), 'application/geo+json');
  t.deepEqual(await kept.json(), { type: 'Point', coordinates: [1, 2] });
});

test('a job that fails: ProcessFailed in a document, an exception where the answer is raw', async (t) => {
  const url = await door(t);
  const document = await text(await fetch(`${url}/wps?${EXECUTE}&DataInputs=text=fail`));
  t.regex(document, /<wps:ProcessFailed>[\s\S]*it was told to/);
  const raw = await fetch(`${url}/wps?${EXECUTE}&DataInputs=text=fail&RawDataOutput=text`);
  t.regex(await text(raw, 500), /ExceptionReport[\s\S]*it was told to/);
});

test('an asynchronous job is polled, dismissed, and then told as failed', async (t) => {
  const url = await door(t);
  const response = await fetch(
    `${url}/wps?${EXECUTE}&DataInputs=text=wait&storeExecuteResponse=true&status=true`,
  );
  t.regex(await text(response), /<wps:Process(?:Accepted|Started)/);
  const id = response.headers.get('x-gismesh-job');
  const status = `${url}/wps?service=WPS&version=1.0.0&request=GetExecutionStatus&executionId=${id}`;
  t.regex(await text(await fetch(status)), /<wps:Process(?:Accepted|Started)/);
  const listed = `${url}/wps?service=WPS&version=1.0.0&request=GetExecutions`;
  t.true((await text(await fetch(listed))).includes(String(id)));
  const dismiss = `${url}/wps?service=WPS&version=1.0.0&request=Dismiss&executionId=${id}`;
  t.regex(await text(await fetch(dismiss)), /<wps:ProcessFailed>/);
  t.regex(await text(await fetch(`${url}/jobs/${id}/status`)), /<wps:ProcessFailed>[\s\S]*dismissed/);
});

test('who waits too long is told the job that goes on', async (t) => {
  const url = await door(t, { syncLimitMs: 50 });
  const response = await fetch(`${url}/wps?${EXECUTE}&DataInputs=text=wait`);
  const body = await text(response);
  t.regex(body, /<wps:Process(?:Accepted|Started)/);
  t.true(body.includes(`statusLocation="${url}/jobs/${response.headers.get('x-gismesh-job')}/status`));
  const two = await text(await fetch(`${url}/wps`, execute2('sync', 'wait')));
  t.regex(two, /<wps:StatusInfo[\s\S]*<wps:Status>(?:Accepted|Running)</);
});

test('a poll for a job that nobody knows is answered as OWSLib needs it', async (t) => {
  const url = await door(t);
  for (const id of ['0b6a3b2e-0000-4000-8000-000000000000', '..%2f..', 'x'.repeat(200)]) {
    const poll = await fetch(`${url}/jobs/${id}/status?executionId=${id}`);
    t.is(poll.headers.get('content-type'), 'text/xml');
    t.regex(await text(poll), /<wps:ProcessFailed>/);
  }
});

test('a job of 2.0: accepted, its status, its result, and what there is before it', async (t) => {
  const url = await door(t);
  const done = await text(await fetch(`${url}/wps`, execute2('sync', 'hello')));
  t.regex(done, /<wps:Result[\s\S]*hello/);
  const accepted = await text(await fetch(`${url}/wps`, execute2('async', 'wait')));
  const id = /<wps:JobID>([^<]+)</.exec(accepted)?.[1];
  const ask = (request: string) =>
    fetch(`${url}/wps?service=WPS&version=2.0.0&request=${request}&jobId=${id}`);
  t.regex(await text(await ask('GetStatus')), /<wps:NextPoll>/);
  t.regex(await text(await ask('GetResult'), 400), /exceptionCode="ResultNotReady"/);
  t.regex(await text(await ask('Dismiss')), /<wps:Status>Dismissed</);
  t.regex(await text(await ask('GetResult'), 400), /exceptionCode="NoSuchJob"/);
});

test('capabilities and descriptions of both versions', async (t) => {
  const url = await door(t);
  for (const version of ['1.0.0', '2.0.0']) {
    const ask = (rest: string) => fetch(`${url}/wps?service=WPS&version=${version}&${rest}`);
    const capabilities = `${url}/wps?service=WPS&request=GetCapabilities&AcceptVersions=${version}`;
    t.regex(await text(await fetch(capabilities)), /<ows:Identifier>echo</);
    t.regex(await text(await ask('request=DescribeProcess&identifier=echo')), /<ows:Identifier>colour</);
    const unknown = await ask('request=DescribeProcess&identifier=none');
    t.regex(await text(unknown, 400), /No living peer offers a process/);
  }
});

test('what cannot be read is told in the words of its version, and the peer lives', async (t) => {
  const url = await door(t);
  const post = (body: string) =>
    fetch(`${url}/wps`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body });
  t.regex(await text(await post('<a><b>'), 400), /ExceptionReport/);
  t.regex(await text(await post('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), 400), /ExceptionReport/);
  t.regex(await text(await fetch(`${url}/wps?service=WPS&version=2.0.0&request=None`), 501), /ows\/2\.0/);
  t.regex(await text(await fetch(`${url}/wps?${EXECUTE}&DataInputs=count=many`), 400), /locator="count"/);
});

test('parameters that cannot be any are the mistake of the client, in both languages', async (t) => {
  const url = await door(t);
  const long = `${'a'.repeat(200)}=1`;
  t.regex(
    await text(await fetch(`${url}/wps?service=WPS&request=GetCapabilities&${long}`), 400),
    /longer than/,
  );
  const many = Array.from({ length: 300 }, (_, index) => `p${index}=`).join('&');
  t.regex(await text(await fetch(`${url}/wps?${many}`), 400), /more than 200 parameters/);
  const response = await fetch(`${url}/ogcapi/processes?${long}`);
  t.is(response.status, 400);
  t.regex(((await response.json()) as { detail: string }).detail, /longer than/);
});

test('a form has room for parameters, and not for data', async (t) => {
  const url = await door(t);
  const post = (body: string) =>
    fetch(`${url}/wps`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
  t.regex(await text(await post(`${EXECUTE}&DataInputs=text=posted&RawDataOutput=text`)), /^posted$/);
  t.regex(await text(await post('a&'.repeat(1_000_000)), 413), /post XML/);
});

test('an output that the process did not give cannot be had raw', async (t) => {
  const url = await door(t);
  const response = await fetch(`${url}/wps?${EXECUTE}&DataInputs=text=hello&RawDataOutput=geometry`);
  t.regex(await text(response, 400), /gave nothing/);
});
