import test, { type ExecutionContext } from 'ava';
import { type JobState, jobStates } from '../../../../src/ogc/processes/job-view.ts';
import type { ApiDocument } from '../../../../src/ogc/processes/ogcapi/document.ts';
import { readJobFilter } from '../../../../src/ogc/processes/ogcapi/jobs.ts';
import { jobListPage, jobPage, resultsPage } from '../../../../src/ogc/processes/ogcapi/pages/job-pages.ts';
import { processListPage, processPage } from '../../../../src/ogc/processes/ogcapi/pages/process-pages.ts';
import {
  conformancePage,
  landingPage,
  problemPage,
} from '../../../../src/ogc/processes/ogcapi/pages/service-pages.ts';
import { ProcessError } from '../../../../src/ogc/processes/problem.ts';
import { echo, job, limits, outputs, service, strict } from '../helpers/echo.ts';

const url = 'http://localhost:8080/ogcapi';
const HOSTILE = `"><script>alert(1)</script>'`;

/** A page is complete in itself: nothing in it runs or is loaded, and every tag that is opened is closed. */
function assertPage(t: ExecutionContext, { contentType, body }: ApiDocument): void {
  t.is(contentType, 'text/html; charset=utf-8');
  t.regex(body, /^<!doctype html>\n<html lang="en">/);
  t.notRegex(body, /<script|<img|<link rel="stylesheet"|\son\w+=|javascript:/i);
  const open: string[] = [];
  for (const [, close, name = '', rest] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>/g)) {
    if (['meta', 'link', 'br'].includes(name)) continue;
    if (close) t.is(open.pop(), name);
    else if (!rest?.endsWith('/')) open.push(name);
  }
  t.deepEqual(open, []);
}

test('landing page and conformance lead on', (t) => {
  const landing = landingPage({ url, service });
  assertPage(t, landing);
  t.true(landing.body.includes(`href="${url}/processes?f=html"`));
  t.true(landing.body.includes(`href="${url}/api"`));
  assertPage(t, conformancePage({ url }));
});

test('processes in pages', (t) => {
  const first = processListPage([echo, strict], { offset: 0, limit: 1 }, url);
  assertPage(t, first);
  t.true(first.body.includes(`rel="next" href="${url}/processes?limit=1&amp;offset=1&amp;f=html"`));
  t.true(first.body.includes('Gives back &lt;what&gt; it &amp; gets'));
  const second = processListPage([echo, strict], { offset: 1, limit: 1 }, url);
  t.true(second.body.includes(`rel="prev" href="${url}/processes?limit=1&amp;f=html"`));
});

test('a process tells its inputs, and where to run it', (t) => {
  const hostile = {
    ...echo,
    id: 'a/b&c',
    abstract: HOSTILE,
    metadata: [{ title: HOSTILE, role: '', href: 'javascript:alert(1)' }],
  };
  const page = processPage(hostile, url, 'http://localhost:8080/jobs/new');
  assertPage(t, { ...page, body: page.body });
  t.true(page.body.includes('href="http://localhost:8080/jobs/new?process=a%2Fb%26c"'));
  t.true(page.body.includes('from 0 below 10'));
  t.true(page.body.includes('0 to any number'));
  t.true(page.body.includes('one of red, green'));
  assertPage(t, processPage(strict, url, '/jobs/new'));
});

test('jobs in every state', (t) => {
  const filter = readJobFilter([['processID', HOSTILE]], limits);
  const views = jobStates.map((state: JobState) => ({ ...job, state, message: HOSTILE, user: HOSTILE }));
  const list = jobListPage(views, filter, { url, hasMore: true });
  assertPage(t, list);
  t.true(list.body.includes('rel="next"'));
  for (const view of views) {
    const page = jobPage(view, url);
    assertPage(t, page);
    t.is(page.body.includes('/results?f=html'), view.state === 'successful' || view.state === 'failed');
  }
});

test('results, of which text is shown and bytes are not', (t) => {
  const format = { mediaType: 'image/png', encoding: 'base64', schema: '' } as const;
  const page = resultsPage(
    job,
    [...outputs, { id: HOSTILE, value: { kind: 'complex', data: 'c2VjcmV0', format } }],
    { url, href: (id) => `http://localhost:8080/jobs/1/outputs/${encodeURIComponent(id)}` },
  );
  assertPage(t, page);
  t.false(page.body.includes('c2VjcmV0'));
  t.true(page.body.includes('image/png'));
});

test('a problem as a page has its status', (t) => {
  const page = problemPage(new ProcessError('job-unknown', HOSTILE), url, `${url}/jobs/x?f=json`);
  assertPage(t, page);
  t.is(page.status, 404);
  t.true(page.body.includes('no-such-job'));
});
