import test, { type ExecutionContext } from 'ava';
import { until } from './helpers/peer-process.ts';
import { execute1, execute2, kvp } from './helpers/wps-requests.ts';
import { posted, type WpsAnswer, WpsUnderTest } from './helpers/wps-under-test.ts';

/** Every answer of the live WPS is valid by the OGC's schemas. */

let wps: WpsUnderTest;

test.before(async () => {
  wps = await WpsUnderTest.start();
});

test.after.always(async () => {
  await wps?.stop();
});

/** Asks, and holds every answer against the schema of its root. Resolves to the answers, by the same names. */
async function valid<N extends string>(
  t: ExecutionContext,
  requests: Readonly<Record<N, string | RequestInit>>,
): Promise<Record<N, WpsAnswer>> {
  const answers = {} as Record<N, WpsAnswer>;
  const documents: Record<string, string> = {};
  for (const [name, request] of Object.entries(requests) as [N, string | RequestInit][]) {
    const answer = await wps.ask(request);
    answers[name] = answer;
    t.regex(answer.type, /^text\/xml(?:$|;)/, `${name}: ${answer.type}`);
    documents[name] = answer.body;
  }
  t.deepEqual(await wps.complaints(documents), []);
  return answers;
}

const V1 = 'service=WPS&version=1.0.0';
const V2 = 'service=WPS&version=2.0.0';

test.serial('capabilities and the descriptions of all processes', async (t) => {
  const answers = await valid(t, {
    'capabilities 1.0.0': 'service=WPS&request=GetCapabilities',
    'capabilities 2.0': 'service=WPS&request=GetCapabilities&acceptversions=2.0.0',
    'descriptions 1.0.0': `${V1}&request=DescribeProcess&identifier=ALL`,
    'descriptions 2.0': `${V2}&request=DescribeProcess&identifier=ALL`,
  });
  const ids = (body: string, tag: string) => [...body.matchAll(new RegExp(`<${tag}[ >]`, 'g'))].length;
  const offered = ids(answers['capabilities 1.0.0'].body, 'wps:Process');
  t.true(offered > 10);
  t.is(ids(answers['descriptions 1.0.0'].body, 'ProcessDescription'), offered);
  t.is(ids(answers['capabilities 2.0'].body, 'wps:ProcessSummary'), offered);
  t.is(ids(answers['descriptions 2.0'].body, 'wps:Process'), offered);
});

/** An input of every kind that `echo` takes. */
const EVERY = {
  string: 'a <b> & "c"',
  integer: '7',
  measure: { literal: '2.5', uom: 'km' },
  boolean: 'true',
  dateTime: '2026-01-02T03:04:05Z',
  box: { box: ['1 2', '3 4'], crs: 'EPSG:4326' },
  geometry: {
    data: '<gml:Point xmlns:gml="http://www.opengis.net/gml"><gml:pos>1 2</gml:pos></gml:Point>',
    mimeType: 'text/xml; subtype=gml/3.1.1',
  },
  object: { data: '<![CDATA[{"a": "]]]]><![CDATA[>"}]]>', mimeType: 'application/json' },
  text: { data: 'plain &amp; simple', mimeType: 'text/plain' },
  binary: { data: 'AAECAw==', mimeType: 'application/octet-stream', encoding: 'base64' },
  strings: ['one', 'two'],
} as const;

test.serial('answers to Execute of 1.0.0, of all kinds of data and in every state', async (t) => {
  const document = (flags: string, outputs: Readonly<Record<string, string>> = {}) =>
    posted(execute1('echo', EVERY, { document: flags, outputs }));
  const answers = await valid(t, {
    everything: document(''),
    lineage: document('lineage="true"'),
    references: document('lineage="true"', {
      geometry: 'asReference="true"',
      string: 'asReference="true"',
      binary: 'asReference="true" mimeType="application/octet-stream"',
    }),
    stored: document('storeExecuteResponse="true"'),
    'KVP with lineage': `${V1}&request=Execute&identifier=echo&lineage=true&DataInputs=string=a;integer=3`,
    failed: posted(execute1('echo', { fail: 'as <it> was asked & told' }, { document: '' })),
    accepted: posted(
      execute1(
        'echo',
        { pause: '600' },
        { document: 'storeExecuteResponse="true" status="true" lineage="true"' },
      ),
    ),
  });
  t.regex(answers.everything.body, /ProcessSucceeded/);
  t.regex(answers.references.body, /<wps:Reference href="[^"?]+\/outputs\/geometry"/);
  t.regex(answers.references.body, /<wps:Reference href="[^"?]+\/outputs\/string"/);
  t.regex(answers.failed.body, /ProcessFailed[\s\S]*as &lt;it&gt; was asked/);
  const id = jobOf(answers.accepted);
  await until(async () => /ProcessStarted/.test((await poll(id)).body), 'the job to run');
  await valid(t, { running: `${V1}&request=GetExecutionStatus&executionId=${id}` });
  await validPoll(t, id, /ProcessStarted/);
  await valid(t, { dismissed: `${V1}&request=Dismiss&executionId=${id}` });
  await validPoll(t, id, /ProcessFailed/);
  await validPoll(t, jobOf(answers.stored), /ProcessSucceeded|ProcessAccepted|ProcessStarted/);
  await validPoll(t, '0b6a3b2e-0000-4000-8000-000000000000', /ProcessFailed/);
  await validPoll(t, '%3Cx%3E%00%22', /ProcessFailed/);
});

function jobOf({ body }: WpsAnswer): string {
  const id = /executionId=([\w-]+)/.exec(body)?.[1] ?? /<wps:JobID>([^<]+)</.exec(body)?.[1];
  if (id) return id;
  throw new Error(`no job in ${body.slice(0, 1000)}`);
}

async function poll(id: string): Promise<WpsAnswer> {
  const response = await fetch(`${wps.url}/jobs/${id}/status?executionId=${id}`);
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: await response.text(),
  };
}

async function validPoll(t: ExecutionContext, id: string, says: RegExp): Promise<void> {
  const { status, type, body } = await poll(id);
  t.is(status, 200);
  t.regex(type, /^text\/xml/);
  t.regex(body, says);
  t.deepEqual(await wps.complaints({ [id]: body }), []);
}

test.serial('answers of 2.0: result, status in every state, dismissal', async (t) => {
  const run = (mode: string, inputs: Parameters<typeof execute2>[1], more = {}) =>
    posted(execute2('echo', inputs, { mode, response: 'document', ...more }));
  const answers = await valid(t, {
    sync: run('sync', EVERY),
    auto: run('auto', { string: 'a' }),
    references: run('sync', EVERY, {
      outputs: { string: 'reference', geometry: 'reference', box: 'reference' },
    }),
    async: run('async', EVERY),
    failing: run('async', { fail: 'at once' }),
  });
  t.regex(answers.sync.body, /<wps:Result/);
  t.is([...answers.references.body.matchAll(/<wps:Reference /g)].length, 3);
  const status = (id: string) => `${V2}&request=GetStatus&jobId=${id}`;
  const [done, failing] = [jobOf(answers.async), jobOf(answers.failing)];
  await until(async () => /Succeeded/.test((await wps.ask(status(done))).body), 'the job to end');
  await until(async () => /Failed/.test((await wps.ask(status(failing))).body), 'the job to fail');
  // Last: it takes the only slot of a small machine.
  const accepted = await valid(t, { accepted: run('async', { pause: '600' }) });
  const running = jobOf(accepted.accepted);
  await until(async () => /Running/.test((await wps.ask(status(running))).body), 'the job to run');
  await valid(t, {
    succeeded: status(done),
    running: status(running),
    failed: status(failing),
    result: `${V2}&request=GetResult&jobId=${done}`,
    'no result yet': `${V2}&request=GetResult&jobId=${running}`,
    'no result ever': `${V2}&request=GetResult&jobId=${failing}`,
    dismiss: `${V2}&request=Dismiss&jobId=${running}`,
    dismissed: status(running),
    'result of the dismissed': `${V2}&request=GetResult&jobId=${running}`,
    unknown: status('0b6a3b2e-0000-4000-8000-000000000000'),
    'posted status': posted(
      `<wps:GetStatus xmlns:wps="http://www.opengis.net/wps/2.0" service="WPS" version="2.0.0"><wps:JobID>${done}</wps:JobID></wps:GetStatus>`,
    ),
  });
});

test.serial('raw outputs are what they say, and XML where they are XML', async (t) => {
  const raw1 = (output: string) => posted(execute1('echo', EVERY, { raw: output }));
  const types: Record<string, RegExp> = {
    string: /^text\/plain/,
    box: /^text\/xml/,
    geometry: /^text\/xml; subtype=gml\/3.1.1/,
    object: /^application\/json/,
    binary: /^application\/octet-stream/,
  };
  for (const [output, type] of Object.entries(types)) {
    const answer = await wps.ask(raw1(output));
    t.is(answer.status, 200, output);
    t.regex(answer.type, type);
  }
  const box = await wps.ask(raw1('box'));
  t.deepEqual(await wps.complaints({ box: box.body }), []);
});

test.serial('exceptions for what is wrong, in the words of each version', async (t) => {
  const wrong: Record<string, string | RequestInit> = {};
  for (const [version, base] of Object.entries({ '1.0.0': V1, '2.0.0': V2 })) {
    Object.assign(wrong, {
      [`no request ${version}`]: base,
      [`unknown request ${version}`]: `${base}&request=Nonsense%3C%3E`,
      [`unknown process ${version}`]: `${base}&request=DescribeProcess&identifier=%3Cnone%3E%26`,
      [`no identifier ${version}`]: `${base}&request=DescribeProcess`,
      [`no process ${version}`]: `${base}&request=Execute`,
      [`no job ${version}`]: `${base}&request=GetResult&jobId=`,
    });
  }
  const inputs: Record<string, Parameters<typeof execute1>[1]> = {
    'ill-typed': { integer: 'seven' },
    unknown: { nonsense: '1' },
    repeated: { integer: ['1', '2'] },
    'not allowed': { choice: 'violet' },
    'wrong kind': { box: 'text' },
    'no box': { box: { box: ['1', '2'], crs: 'EPSG:4326' } },
    'wrong CRS': { box: { box: ['1 2', '3 4'], crs: 'EPSG:99999' } },
    'wrong unit': { measure: { literal: '1', uom: 'furlong' } },
    'wrong format': { object: { data: 'x', mimeType: 'video/mp4' } },
    'file address': { object: { href: 'file:///etc/passwd' } },
  };
  for (const [name, given] of Object.entries(inputs)) {
    wrong[`${name} 1.0.0`] = posted(execute1('echo', given, { document: '' }));
    wrong[`${name} 2.0.0`] = posted(execute2('echo', given, { mode: 'sync', response: 'document' }));
  }
  Object.assign(wrong, {
    'wrong service': 'service=WMS&request=GetCapabilities',
    'no service': 'request=GetCapabilities',
    'no version': 'service=WPS&request=DescribeProcess&identifier=echo',
    'version 3': `service=WPS&request=DescribeProcess&version=3.0.0&identifier=echo`,
    'versions that nobody speaks': 'service=WPS&request=GetCapabilities&acceptversions=7.0.0',
    'status alone': `${V1}&request=Execute&identifier=echo&status=true`,
    'no boolean': `${V1}&request=Execute&identifier=echo&storeExecuteResponse=maybe`,
    'unknown output': kvp('echo', 'string=a', 'ResponseDocument=nix'),
    'raw failure': kvp('echo', 'fail=now', 'RawDataOutput=string'),
    'no XML': posted('<a><b></a>'),
    'no end': posted('<wps:Execute'),
    'other document': posted('<html/>'),
    soap: posted('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>'),
    entities: posted('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    JSON: posted('{"inputs": {}}', 'application/json'),
    nothing: posted(''),
    PUT: { method: 'PUT', body: 'x' },
  });
  const answers = await valid(t, wrong);
  for (const [name, { status, body }] of Object.entries(answers)) {
    t.true((status >= 400 && status < 600 && status !== 500) || name === 'raw failure', `${name}: ${status}`);
    t.regex(body, /<ows:ExceptionText>[^<]+<\//, name);
  }
  t.is(answers.PUT?.status, 405);
  for (const name of Object.keys(inputs)) {
    const id = Object.keys(inputs[name] as object)[0] as string;
    t.true(answers[`${name} 1.0.0`]?.body.includes(id), `${name}: names the input`);
    t.true(answers[`${name} 2.0.0`]?.body.includes(id), `${name}: names the input`);
  }
});
