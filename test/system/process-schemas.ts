import test, { type ExecutionContext } from 'ava';
import { type JobState, jobStates } from '../../src/ogc/processes/job-view.ts';
import { ProcessError, problemWords } from '../../src/ogc/processes/problem.ts';
import { writeWps1Capabilities } from '../../src/ogc/processes/wps-1-0-0/capabilities.ts';
import {
  writeWps1ExecuteResponse,
  writeWps1UnknownJob,
} from '../../src/ogc/processes/wps-1-0-0/execute-response.ts';
import { writeWps1ProcessDescriptions } from '../../src/ogc/processes/wps-1-0-0/process-descriptions.ts';
import { writeWps2Capabilities } from '../../src/ogc/processes/wps-2-0/capabilities.ts';
import { writeWps2ProcessOfferings } from '../../src/ogc/processes/wps-2-0/process-offerings.ts';
import { writeWps2Result, writeWps2StatusInfo } from '../../src/ogc/processes/wps-2-0/responses.ts';
import { writeWpsException } from '../../src/ogc/processes/wps-xml.ts';
import type { WrittenDocument } from '../../src/ogc/service.ts';
import { echo, GML, job, outputs, service, strict, valid } from '../ogc/processes/helpers/echo.ts';
import { everyInput } from '../ogc/processes/helpers/requests.ts';
import { SCHEMA, XmlLint } from './helpers/xmllint.ts';

/*
 * Everything that the writers of WPS can write is valid by the OGC's schemas; the live doors are held against them in
 * wps-answers.ts.
 */

const url = 'http://localhost:8080/wps';
const statusLocation = 'http://localhost:8080/jobs/5f/status.xml?executionId=5f';

let judge: XmlLint;

test.before(async () => {
  judge = await XmlLint.open();
});

test.after.always(() => judge?.close());

async function lint(t: ExecutionContext, { body }: WrittenDocument, schema: string): Promise<void> {
  t.deepEqual(await judge.complaints({ [t.title]: body }, schema), [], body.slice(0, 3000));
}

const processes = [echo, strict];

test('capabilities 1.0.0', (t) => lint(t, writeWps1Capabilities({ processes, url, service }), SCHEMA.wps1));
test('capabilities 2.0', (t) => lint(t, writeWps2Capabilities({ processes, url, service }), SCHEMA.wps2));
test('descriptions 1.0.0', (t) => lint(t, writeWps1ProcessDescriptions(processes), SCHEMA.wps1));
test('descriptions 2.0', (t) => lint(t, writeWps2ProcessOfferings(processes), SCHEMA.wps2));

for (const state of jobStates) {
  const view = { ...job, state: state as JobState, percent: 100, message: 'a <b> & "c"\u0000' };
  for (const lineage of [false, true]) {
    test(`answer 1.0.0: ${state}, lineage ${lineage}`, (t) => {
      const request = valid({ inputs: everyInput, lineage });
      const input = { job: view, process: echo, request, outputs, url, statusLocation };
      return lint(t, writeWps1ExecuteResponse(input), SCHEMA.wps1);
    });
  }
  test(`status 2.0: ${state}`, (t) => lint(t, writeWps2StatusInfo(view), SCHEMA.wps2));
}

test('unknown job 1.0.0', (t) =>
  lint(t, writeWps1UnknownJob('<x>', { url, statusLocation, now: 0 }), SCHEMA.wps1));
test('result 2.0', (t) => lint(t, writeWps2Result(job, outputs), SCHEMA.wps2));

for (const kind of Object.keys(problemWords) as (keyof typeof problemWords)[]) {
  test(`exceptions: ${kind}`, async (t) => {
    const error = new ProcessError(kind, `a <b> & ${GML}`, 'an "input"');
    await lint(t, writeWpsException(error, '1.0.0'), SCHEMA.ows1);
    await lint(t, writeWpsException(error, '2.0.0', { isPoll: true }), SCHEMA.ows2);
  });
}
