import test from 'ava';
import { GismeshError } from '../../../src/core/errors.ts';
import { Parameters } from '../../../src/ogc/parameters.ts';
import { jobStates } from '../../../src/ogc/processes/job-view.ts';
import { ProcessError } from '../../../src/ogc/processes/problem.ts';
import { rawOutput, rawParts } from '../../../src/ogc/processes/raw-output.ts';
import {
  writeWps1ExecuteResponse,
  writeWps1UnknownJob,
} from '../../../src/ogc/processes/wps-1-0-0/execute-response.ts';
import { statesOfPhase, writeWps1Executions } from '../../../src/ogc/processes/wps-1-0-0/executions.ts';
import { writeWps2StatusInfo } from '../../../src/ogc/processes/wps-2-0/responses.ts';
import { wpsVersionOf, wpsVersionOfDocument } from '../../../src/ogc/processes/wps-request.ts';
import { writeWpsException } from '../../../src/ogc/processes/wps-xml.ts';
import { echo, GML, job, outputs, valid } from './helpers/echo.ts';

const url = 'http://localhost:8080/wps';
const statusLocation = 'http://localhost:8080/jobs/5f/status.xml?executionId=5f';

test('answers of WPS 1.0.0 have what clients take without looking', (t) => {
  for (const state of jobStates) {
    const input = {
      job: { ...job, state, percent: 100 },
      process: echo,
      request: valid(),
      outputs,
      url,
      statusLocation,
    };
    const { contentType, status, body } = writeWps1ExecuteResponse(input);
    t.deepEqual([contentType, status], ['text/xml', 200]);
    t.true(body.includes(`statusLocation="${statusLocation}"`), state);
    t.regex(
      body,
      /<wps:Status creationTime="2026-01-02T03:04:05.000Z">\s*<wps:Process\w+[^>]*>[^<]*\S/,
      state,
    );
    t.is(/percentCompleted="99"/.test(body), state === 'running' || state === 'paused');
    t.is(body.includes('<wps:ProcessOutputs>'), state === 'successful');
  }
});

test('outputs of WPS 1.0.0', (t) => {
  const input = {
    job: { ...job, state: 'successful' as const },
    process: echo,
    request: valid(),
    outputs,
    url,
    statusLocation,
  };
  const { body } = writeWps1ExecuteResponse(input);
  t.true(
    body.includes(
      '<wps:Reference href="http://localhost:8080/artifacts/abc/out.tif" mimeType="image/tiff"/>',
    ),
  );
  t.true(body.includes(`>${GML}</wps:ComplexData>`));
  t.true(body.includes('<![CDATA[{"a":"]]]]><![CDATA[>","b":[1]}]]>'));
});

test('XML that cannot stand in the answer goes as text', (t) => {
  for (const data of ['<a>', '<a/><b/>', '<!DOCTYPE a><a/>', 'text']) {
    const value = {
      kind: 'complex',
      data,
      format: { mediaType: 'text/xml', encoding: '', schema: '' },
    } as const;
    const input = {
      job: { ...job, state: 'successful' as const },
      process: echo,
      request: valid(),
      outputs: [{ id: 'geometry', value }],
      url,
      statusLocation,
    };
    t.true(writeWps1ExecuteResponse(input).body.includes(`<![CDATA[${data}]]>`), data);
  }
});

test('a poll for an unknown job is answered as a job that failed', (t) => {
  const { status, contentType, body } = writeWps1UnknownJob('<gone>', { url, statusLocation, now: 0 });
  t.deepEqual([status, contentType], [200, 'text/xml']);
  t.regex(body, /<wps:ProcessFailed>\s*<ows:ExceptionReport/);
  t.regex(body, /<wps:Process wps:processVersion/);
});

test('exceptions by version, and to polls', (t) => {
  const error = new ProcessError('process-unknown', 'There is no "x"', 'identifier');
  const first = writeWpsException(error, '1.0.0');
  t.like(first, { status: 400, contentType: 'text/xml' });
  t.regex(first.body, /exceptionCode="InvalidParameterValue" locator="identifier"/);
  t.regex(writeWpsException(error, '2.0.0').body, /exceptionCode="NoSuchProcess"/);
  t.like(writeWpsException(error, '1.0.0', { isPoll: true }), {
    status: 200,
    contentType: 'text/xml; charset=utf-8',
  });
  t.is(writeWpsException(new GismeshError('BUSY', 'full'), '1.0.0').status, 503);
  t.is(writeWpsException(new GismeshError('STORE_FULL', 'full'), '1.0.0').status, 503);
  const full = writeWpsException(new GismeshError('DATA_DIR_UNUSABLE', '/home/anna is full'), '1.0.0');
  t.is(full.status, 507);
  t.regex(full.body, /"NotEnoughStorage">[\s\S]*ask another peer/);
  t.false(full.body.includes('anna'));
  const secret = writeWpsException(new Error('/home/anna/secret'), '2.0.0');
  t.is(secret.status, 500);
  t.false(secret.body.includes('secret'));
});

test('the version of requests that cannot be read', (t) => {
  t.is(wpsVersionOf(new Parameters([['VERSION', '2.0.0']])), '2.0.0');
  t.is(wpsVersionOf(new Parameters([])), '1.0.0');
  t.is(wpsVersionOfDocument('<a xmlns="http://www.opengis.net/wps/2.0">'), '2.0.0');
  t.is(wpsVersionOfDocument('<'), '1.0.0');
});

test('status of WPS 2.0', (t) => {
  const { body } = writeWps2StatusInfo(job);
  t.regex(body, /<wps:NextPoll>2026-01-02T03:04:10.000Z</);
  t.regex(body, /<wps:PercentCompleted>55</);
  t.notRegex(writeWps2StatusInfo({ ...job, state: 'dismissed' }).body, /NextPoll/);
});

test('jobs as GeoServer lists them', (t) => {
  const { body } = writeWps1Executions({
    jobs: [job],
    total: 7,
    process: () => echo,
    url,
    statusLocation: () => statusLocation,
  });
  t.regex(body, /count="7"/);
  t.regex(body, /<wps:Status>RUNNING</);
  t.deepEqual(statesOfPhase('running'), ['running', 'paused']);
  t.deepEqual(statesOfPhase('none'), []);
});

test('raw outputs', (t) => {
  t.deepEqual(
    outputs.map(({ value }) => rawOutput(value).contentType),
    [
      'text/plain; charset=utf-8',
      'text/plain; charset=utf-8',
      'application/json',
      'text/xml; subtype=gml/3.1.1',
      'application/geo+json',
      'image/tiff',
      'image/tiff',
    ],
  );
  t.true(rawOutput(outputs[5]!.value).base64);
  t.regex(
    rawParts([{ ...outputs[6]!, id: 'a\r\nb' }])[0]!.headers,
    /^Content-Type: image\/tiff\r\nContent-ID: <a%0D%0Ab>\r\nContent-Location: http/,
  );
});
