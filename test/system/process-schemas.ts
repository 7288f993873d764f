import { execFile } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
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

const execute = promisify(execFile);
const schemas = path.resolve(import.meta.dirname, '../../../shared/schemas/ogc');
const url = 'http://localhost:8080/wps';
const statusLocation = 'http://localhost:8080/jobs/5f/status.xml?executionId=5f';

let folder = '';

test.before(async () => {
  await access(schemas).catch((cause) => {
    throw new Error(`the OGC's schemas are not at ${schemas}: they are needed to judge answers by`, {
      cause,
    });
  });
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-process-schemas-'));
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

async function lint(t: ExecutionContext, { body }: WrittenDocument, schema: string): Promise<void> {
  const file = path.join(folder, `${t.title.replaceAll(/\W+/g, '-')}.xml`);
  await writeFile(file, body);
  const how = ['--nonet', '--noout', '--schema', path.join(schemas, schema), file];
  await t.notThrowsAsync(execute('xmllint', how), body.slice(0, 3000));
}

const WPS1 = 'wps/1.0.0/wpsAll.xsd';
const WPS2 = 'wps/2.0/wps.xsd';
const processes = [echo, strict];

test('capabilities 1.0.0', (t) => lint(t, writeWps1Capabilities({ processes, url, service }), WPS1));
test('capabilities 2.0', (t) => lint(t, writeWps2Capabilities({ processes, url, service }), WPS2));
test('descriptions 1.0.0', (t) => lint(t, writeWps1ProcessDescriptions(processes), WPS1));
test('descriptions 2.0', (t) => lint(t, writeWps2ProcessOfferings(processes), WPS2));

for (const state of jobStates) {
  const view = { ...job, state: state as JobState, percent: 100, message: 'a <b> & "c"\u0000' };
  for (const lineage of [false, true]) {
    test(`answer 1.0.0: ${state}, lineage ${lineage}`, (t) => {
      const request = valid({ inputs: everyInput, lineage });
      const input = { job: view, process: echo, request, outputs, url, statusLocation };
      return lint(t, writeWps1ExecuteResponse(input), WPS1);
    });
  }
  test(`status 2.0: ${state}`, (t) => lint(t, writeWps2StatusInfo(view), WPS2));
}

test('unknown job 1.0.0', (t) => lint(t, writeWps1UnknownJob('<x>', { url, statusLocation, now: 0 }), WPS1));
test('result 2.0', (t) => lint(t, writeWps2Result(job, outputs), WPS2));

for (const kind of Object.keys(problemWords) as (keyof typeof problemWords)[]) {
  test(`exceptions: ${kind}`, async (t) => {
    const error = new ProcessError(kind, `a <b> & ${GML}`, 'an "input"');
    await lint(t, writeWpsException(error, '1.0.0'), 'ows/1.1.0/owsAll.xsd');
    await lint(t, writeWpsException(error, '2.0.0', { isPoll: true }), 'ows/2.0/owsAll.xsd');
  });
}
