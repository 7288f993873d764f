import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { until } from './helpers/peer-process.ts';
import { posted, type WpsAnswer, WpsUnderTest } from './helpers/wps-under-test.ts';

/** What clients of WPS send that cannot be run here: the request files of PyWPS, and the requests of MapStore2. */

const FILES = path.join(import.meta.dirname, 'fixtures/pywps-requests');

let wps: WpsUnderTest;

test.before(async () => {
  wps = await WpsUnderTest.start();
});

test.after.always(async () => {
  await wps?.stop();
});

function post(body: string): Promise<WpsAnswer> {
  return wps.ask(posted(body));
}

async function assertValid(t: ExecutionContext, body: string): Promise<void> {
  t.deepEqual(await wps.complaints({ answer: body }), []);
}

const POLYGON = {
  type: 'Feature',
  properties: {},
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [0.01, 0],
        [0.01, 0.01],
        [0, 0],
      ],
    ],
  },
};

/** The address of a polygon: an output of a job, as there is no web here. */
async function polygonAddress(): Promise<string> {
  const response = await fetch(`${wps.url}/ogcapi/processes/echo/execution`, {
    method: 'POST',
    body: JSON.stringify({
      inputs: { geometry: { value: POLYGON, mediaType: 'application/geo+json' } },
      outputs: { geometry: { transmissionMode: 'reference' } },
    }),
  });
  return /<([^>]+\/outputs\/geometry)>/.exec(response.headers.get('link') ?? '')?.[1] as string;
}

function file(name: string): Promise<string> {
  return readFile(path.join(FILES, name), 'utf8');
}

/** A request of PyWPS for one of our processes, by other names in the same form. */
async function renamed(name: string, names: Readonly<Record<string, string>>): Promise<string> {
  let text = await file(name);
  for (const [theirs, ours] of Object.entries(names)) text = text.replaceAll(theirs, ours);
  return text;
}

async function asBuffer(name: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  return await renamed(name, {
    'http://foo.bar/some_WFS_request.xml': await polygonAddress(),
    '>Buffer<': '>buffer<',
    '>InputPolygon<': '>features<',
    '>BufferDistance<': '>distance<',
    '>BufferedPolygon<': '>result<',
    ...more,
  });
}

/** Polls at `statusLocation` until the job has ended. */
async function polled(response: string): Promise<string> {
  const location = /statusLocation="([^"]+)"/.exec(response)?.[1]?.replaceAll('&amp;', '&') as string;
  let body = '';
  await until(async () => {
    body = await (await fetch(location)).text();
    return /ProcessSucceeded|ProcessFailed/.test(body);
  }, 'the job to end');
  return body;
}

test('every request file of PyWPS is understood: what is told is that its process is not offered here', async (t) => {
  for (const name of (await readdir(FILES)).filter((each) => each.endsWith('.xml'))) {
    const { status, body } = await post(await file(name));
    await assertValid(t, body);
    if (name.includes('capabilities')) {
      t.is(status, 200);
      continue;
    }
    t.is(status, 400, name);
    const missing = /No living peer offers a process &quot;(\w+)&quot;/.exec(body)?.[1];
    t.true((await file(name)).includes(`<ows:Identifier>${missing}</ows:Identifier>`), body);
  }
});

test('PyWPS: DescribeProcess for two processes, its prefixes not declared', async (t) => {
  const request = await renamed('wps_describeprocess_request.xml', { '>union<': '>dissolve<' });
  const { status, body } = await post(request);
  t.is(status, 200);
  await assertValid(t, body);
  t.deepEqual(
    [...body.matchAll(/<ProcessDescription [\s\S]*?<ows:Identifier>([^<]+)</g)].map(([, id]) => id),
    ['intersection', 'dissolve'],
  );
});

test('PyWPS: Execute with a document that is stored, its output by reference', async (t) => {
  const { body } = await post(await asBuffer('wps_execute_request-responsedocument-1.xml'));
  await assertValid(t, body);
  const end = await polled(body);
  await assertValid(t, end);
  t.regex(end, /ProcessSucceeded/);
  t.true(end.includes('Area serviced by playground.'), 'the title that the client gave');
  const href = /<wps:Reference href="([^"]+)"/.exec(end)?.[1] as string;
  const result = (await (await fetch(href)).json()) as { features: unknown[] };
  t.is(result.features.length, 1);
});

test('PyWPS: Execute with lineage and status, whose reference leads into the own network', async (t) => {
  const request = await asBuffer('wps_execute_request-responsedocument-2.xml', {
    'mimeType="text/xml" schema="http://foo.bar/gml_polygon_schema.xsd"': 'mimeType="application/geo+json"',
    'uom="feet"': 'uom="m"',
  });
  const { body } = await post(request);
  await assertValid(t, body);
  t.regex(body, /<wps:DataInputs>[\s\S]*<wps:OutputDefinitions>/);
  const end = await polled(body);
  await assertValid(t, end);
  t.regex(end, /ProcessFailed[\s\S]*features/);
});

test('PyWPS: Execute with an input that the process has not', async (t) => {
  const { status, body } = await post(await asBuffer('wps_execute_request_extended-responsedocument.xml'));
  t.is(status, 400);
  await assertValid(t, body);
  t.regex(body, /locator="BufferZoneWidth"/);
});

test('PyWPS: Execute with raw data output', async (t) => {
  const { status, type, body } = await post(await asBuffer('wps_execute_request_rawdataoutput.xml'));
  t.is(status, 200);
  t.is(type, 'application/geo+json');
  t.is((JSON.parse(body) as { type: string }).type, 'FeatureCollection');
});

test('PyWPS: Execute with a bounding box', async (t) => {
  const names = { '>BBox<': '>echo<', '>bbox<': '>box<' };
  const foreign = await post(await renamed('wps_execute_request-boundingbox.xml', names));
  t.is(foreign.status, 400);
  t.regex(foreign.body, /locator="box"/);
  const { body } = await post(
    await renamed('wps_execute_request-boundingbox.xml', { ...names, '6.3:26986': '6.3:3857' }),
  );
  await assertValid(t, body);
  t.regex(body, /<wps:BoundingBoxData crs="EPSG:3857" dimensions="2">\s*<ows:LowerCorner>189000 834000</);
});

test('PyWPS: Execute with embedded XML, which comes back as it was', async (t) => {
  const request = await renamed('wps_execute_request-complexvalue.xml', {
    '>Reclassification<': '>echo<',
    '>InputLayer<': '>object<',
    '>BufferDistance<': '>text<',
    '>Outlayer<': '>text<',
    'http://orchestra.pisa.intecs.it/geoserver/test/height.tif': await polygonAddress(),
  });
  const { body } = await post(request);
  await assertValid(t, body);
  const end = await polled(body);
  await assertValid(t, end);
  t.regex(end, /ProcessSucceeded/);
  const href = /<wps:Reference href="([^"]+)"/.exec(end)?.[1] as string;
  const text = await (await fetch(href)).text();
  t.regex(text, /<RangeToValueMappings [^>]*xmlns="http:\/\/mas.orchestra.jrc.it"/);
  t.regex(text, /<ows:MaximumValue>119<\/ows:MaximumValue>/);
});

test('MapStore2: Execute, GetExecutionStatus, GetExecutionResult, GetExecutions, Dismiss', async (t) => {
  const execute = (input: string, pause: string) => `<?xml version="1.0" encoding="UTF-8"?>
<wps:Execute xmlns:wps="http://www.opengis.net/wps/1.0.0" xmlns:ows="http://www.opengis.net/ows/1.1" version="1.0.0" service="WPS">
<ows:Identifier>echo</ows:Identifier><wps:DataInputs>
<wps:Input><ows:Identifier>string</ows:Identifier><wps:Data><wps:LiteralData>${input}</wps:LiteralData></wps:Data></wps:Input>
<wps:Input><ows:Identifier>pause</ows:Identifier><wps:Data><wps:LiteralData>${pause}</wps:LiteralData></wps:Data></wps:Input>
</wps:DataInputs><wps:ResponseForm><wps:ResponseDocument storeExecuteResponse="true" status="true">
<wps:Output><ows:Identifier>string</ows:Identifier></wps:Output></wps:ResponseDocument></wps:ResponseForm></wps:Execute>`;
  // The client writes the parameters in these letters.
  const ask = (query: string) => wps.ask(`service=WPS&version=1.0.0&${query}`);
  const idOf = (body: string) => {
    const location = /statusLocation="([^"]+)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') as string;
    return new URL(location).searchParams.get('executionId') as string;
  };
  const accepted = await post(execute('for a map', '0.2'));
  t.is(accepted.type, 'text/xml');
  const id = idOf(accepted.body);
  let status = accepted.body;
  await until(async () => {
    const answer = await ask(`REQUEST=GetExecutionStatus&executionId=${id}`);
    t.is(answer.type, 'text/xml');
    // Each answer has its address: the client takes the id out of it again.
    t.is(idOf(answer.body), id);
    status = answer.body;
    return /ProcessSucceeded/.test(answer.body);
  }, 'the job to succeed');
  t.true(status.includes('for a map'));
  const result = await ask(
    `REQUEST=GetExecutionResult&executionId=${id}&outputId=string&mimeType=text/plain`,
  );
  t.is(result.body, 'for a map');
  const long = idOf((await post(execute('too long', '600'))).body);
  const listed = await ask('REQUEST=GetExecutions');
  t.is(listed.type, 'text/xml');
  for (const each of [id, long]) t.true(listed.body.includes(`<wps:JobID>${each}</wps:JobID>`));
  const dismissed = await ask(`REQUEST=Dismiss&executionId=${long}`);
  t.is(dismissed.type, 'text/xml');
  t.regex(dismissed.body, /ProcessFailed/);
  t.regex(
    (await ask(`REQUEST=GetExecutionStatus&executionId=${long}`)).body,
    /ProcessFailed[\s\S]*dismissed/,
  );
  t.regex((await ask('REQUEST=GetExecutionStatus&executionId=unknown')).body, /ProcessFailed/);
});
