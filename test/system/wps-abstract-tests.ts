import test, { type ExecutionContext } from 'ava';
import { until } from './helpers/peer-process.ts';
import { execute2 } from './helpers/wps-requests.ts';
import { posted, type WpsAnswer, WpsUnderTest } from './helpers/wps-under-test.ts';
import { SCHEMA } from './helpers/xmllint.ts';

/*
 * The abstract tests of WPS 2.0 (OGC 14-065 annex A) as the OGC's suite has them, opengeospatial/ets-wps20: one test each,
 * with the requests and the assertions of that suite, against a peer with its process `echo`.
 */

const PROCESS = 'echo';
const LITERAL = 'string';
const COMPLEX = 'text';

let wps: WpsUnderTest;

test.before(async () => {
  wps = await WpsUnderTest.start();
});

test.after.always(async () => {
  await wps?.stop();
});

function get(parameters: Readonly<Record<string, string>>): Promise<WpsAnswer> {
  return wps.ask(String(new URLSearchParams(parameters)));
}

function post(body: string): Promise<WpsAnswer> {
  return wps.ask(posted(body, 'application/xml'));
}

/** Whether a document in the namespace of WPS 2.0 has such an element. */
function has({ body }: WpsAnswer, element: string): boolean {
  return (
    body.includes('xmlns:wps="http://www.opengis.net/wps/2.0"') &&
    new RegExp(`<wps:${element}[\\s/>]`).test(body)
  );
}

function jobOf({ body }: WpsAnswer): string {
  const id = /<wps:JobID>([^<]+)<\/wps:JobID>/.exec(body)?.[1];
  if (id) return id;
  throw new Error(`no JobID in ${body.slice(0, 1000)}`);
}

async function assertValid(t: ExecutionContext, { body }: WpsAnswer): Promise<void> {
  t.deepEqual(await wps.complaints({ [t.title]: body }, () => SCHEMA.wps2), []);
}

function literal(mode: string, response: string): string {
  return execute2(
    PROCESS,
    { [LITERAL]: 'hello_literal' },
    { mode, response, outputs: { [LITERAL]: 'value' } },
  );
}

function operationOf(operation: string, content: string, version = ' version="2.0.0"'): string {
  return `<wps:${operation} xmlns:wps="http://www.opengis.net/wps/2.0" xmlns:ows="http://www.opengis.net/ows/2.0" service="WPS"${version}>${content}</wps:${operation}>`;
}

const V2 = { Service: 'WPS', Version: '2.0.0' };
const DESCRIBE = { ...V2, Request: 'DescribeProcess', Identifier: PROCESS };

/** The parameters with their names in capitals, and in small letters. */
function bothCases(parameters: Readonly<Record<string, string>>): Record<string, string>[] {
  const pairs = Object.entries(parameters);
  return [
    Object.fromEntries(pairs.map(([name, value]) => [name.toUpperCase(), value])),
    Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])),
  ];
}

/** The job of an asynchronous request, when it has succeeded. */
async function succeeded(t: ExecutionContext, response: string): Promise<string> {
  const accepted = await post(literal('async', response));
  t.true(has(accepted, 'StatusInfo'), accepted.body);
  const JobID = jobOf(accepted);
  await until(
    async () => (await get({ ...V2, Request: 'GetStatus', JobID })).body.includes('<wps:Status>Succeeded<'),
    'the job to succeed',
  );
  return JobID;
}

test('A.4.1: a process description is in compliance with the Process XML encoding', async (t) => {
  await assertValid(t, await get(DESCRIBE));
});

test('A.4.3: data types are encoded in compliance with the process model encoding', async (t) => {
  const description = await get(DESCRIBE);
  for (const type of ['LiteralData', 'ComplexData', 'BoundingBoxData']) t.true(has(description, type), type);
  await assertValid(t, description);
});

test('Precondition: the server can handle the echo process', async (t) => {
  t.true((await post(literal('sync', 'raw'))).body.includes('hello_literal'));
  // The suite names no format.
  const request = execute2(
    PROCESS,
    { [LITERAL]: 'x' },
    { response: 'raw', outputs: { [COMPLEX]: 'value' } },
  ).replace(
    /<wps:Input [\s\S]*<\/wps:Input>/,
    `<wps:Input id="${COMPLEX}"><wps:Data><testElement>hello_complex</testElement></wps:Data></wps:Input>`,
  );
  t.regex((await post(request)).body, /<testElement[^>]*>hello_complex<\/testElement>/);
});

test('A.5.1: the service name parameter is handled', async (t) => {
  t.is((await get({ ...V2, Request: 'GetCapabilities' })).status, 200);
  t.not((await get({ ...V2, Service: 'WMS', Request: 'GetCapabilities' })).status, 200);
});

test('A.5.2: the service version parameter is handled', async (t) => {
  t.is((await get({ ...V2, Request: 'GetCapabilities' })).status, 200);
  t.not((await get({ ...V2, Version: '3.0.0', Request: 'GetCapabilities' })).status, 200);
});

test('A.5.3: input data by value', async (t) => {
  const answer = await post(literal('sync', 'document'));
  t.true(has(answer, 'Data'));
  await assertValid(t, answer);
});

test('A.5.4: input data by reference', async (t) => {
  // The suite refers to a file on the web; an output of a job is what can be had without one.
  const first = await post(
    execute2(PROCESS, { [LITERAL]: 'referenced' }, { outputs: { [LITERAL]: 'reference' } }),
  );
  const href = /xlink:href="([^"]+)"/.exec(first.body)?.[1] as string;
  const answer = await post(execute2(PROCESS, { [LITERAL]: { href } }, { outputs: { [LITERAL]: 'value' } }));
  t.true(has(answer, 'Result'), answer.body);
  t.true(answer.body.includes('referenced'));
  await assertValid(t, answer);
});

test('A.5.5: output data by value', async (t) => {
  t.true(has(await post(literal('sync', 'document')), 'Data'));
});

test('A.5.6: output data by reference', async (t) => {
  const answer = await post(
    execute2(PROCESS, { [LITERAL]: 'PASSED' }, { outputs: { [LITERAL]: 'reference' } }),
  );
  t.true(has(answer, 'Reference'), answer.body);
  await assertValid(t, answer);
  const href = /xlink:href="([^"]+)"/.exec(answer.body)?.[1] as string;
  t.is(await (await fetch(href)).text(), 'PASSED');
});

test('A.5.7: each process has a unique identifier', async (t) => {
  const { body } = await get({ ...V2, Request: 'DescribeProcess', Identifier: 'ALL' });
  const ids = body
    .split('<wps:Process>')
    .slice(1)
    .map((part) => /<ows:Identifier>([^<]+)</.exec(part)?.[1]);
  t.true(ids.length > 1);
  t.is(new Set(ids).size, ids.length);
});

test('A.5.8: each job has a unique identifier', async (t) => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => post(literal('async', 'document'))));
  t.is(new Set(answers.map(jobOf)).size, 6);
});

test('A.5.9: GetCapabilities via POST/XML', async (t) => {
  const answer = await post(operationOf('GetCapabilities', '', ''));
  t.true(has(answer, 'Capabilities'));
  await assertValid(t, answer);
});

test('A.5.10: DescribeProcess via POST/XML', async (t) => {
  const answer = await post(operationOf('DescribeProcess', `<ows:Identifier>${PROCESS}</ows:Identifier>`));
  t.true(has(answer, 'ProcessOfferings'));
  await assertValid(t, answer);
});

test('A.5.11: execution mode "synchronous" via POST/XML', async (t) => {
  const document = await post(literal('sync', 'document'));
  t.true(has(document, 'Result'));
  await assertValid(t, document);
  t.true((await post(literal('sync', 'raw'))).body.includes('hello_literal'));
});

test('A.5.12: execution mode "asynchronous" via POST/XML', async (t) => {
  const answer = await post(literal('async', 'document'));
  t.true(has(answer, 'Status'));
  await assertValid(t, answer);
});

test('A.5.13: execution mode "auto" via POST/XML', async (t) => {
  const offering = /<wps:ProcessOffering ([^>]*)>/.exec((await get(DESCRIBE)).body)?.[1] ?? '';
  t.regex(offering, /outputTransmission="value reference"/);
  t.regex(offering, /jobControlOptions="sync-execute async-execute/);
  for (const mode of ['sync', 'async', 'auto']) {
    for (const response of ['document', 'raw']) t.is((await post(literal(mode, response))).status, 200);
  }
  t.true((await post(literal('auto', 'raw'))).body.includes('hello_literal'));
});

test('A.5.14: GetStatus via POST/XML', async (t) => {
  const accepted = await post(literal('async', 'document'));
  t.true(has(accepted, 'StatusInfo'));
  const status = await post(operationOf('GetStatus', `<wps:JobID>${jobOf(accepted)}</wps:JobID>`));
  t.true(has(status, 'Status'));
  await assertValid(t, status);
});

test('A.5.15: GetResult via POST/XML', async (t) => {
  for (const response of ['raw', 'document']) {
    const id = await succeeded(t, response);
    const result = await post(operationOf('GetResult', `<wps:JobID>${id}</wps:JobID>`));
    t.true(has(result, 'LiteralValue'), response);
    t.is(has(result, 'Result'), response === 'document');
  }
});

test('A.5.16: GetCapabilities via GET/KVP', async (t) => {
  for (const parameters of bothCases({ ...V2, Request: 'GetCapabilities' })) {
    t.true(has(await get(parameters), 'Capabilities'));
  }
});

test('A.5.17: DescribeProcess via GET/KVP', async (t) => {
  for (const parameters of bothCases(DESCRIBE)) t.true(has(await get(parameters), 'ProcessOfferings'));
});

test('A.5.18: GetStatus via GET/KVP', async (t) => {
  const JobID = jobOf(await post(literal('async', 'document')));
  // As the suite has it, without a version.
  for (const parameters of bothCases({ Service: 'WPS', Request: 'GetStatus', JobID })) {
    t.true(has(await get(parameters), 'Status'));
  }
});

test('A.5.19: GetResult via GET/KVP', async (t) => {
  const document = await succeeded(t, 'document');
  const raw = await succeeded(t, 'raw');
  for (const parameters of bothCases({ ...V2, Request: 'GetResult', JobID: document })) {
    t.true(has(await get(parameters), 'Result'));
  }
  for (const parameters of bothCases({ ...V2, Request: 'GetResult', JobID: raw })) {
    t.true(has(await get(parameters), 'LiteralValue'));
  }
});
