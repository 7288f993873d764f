import { createHash } from 'node:crypto';
import test from 'ava';
import { comparison, figuresOf } from '../../../sim/comparison.ts';
import { condense } from '../../../sim/report/condense.ts';
import { reportPage } from '../../../sim/report/page.ts';
import type { RunResult } from '../../../sim/result.ts';
import { runResult } from '../helpers/run-result.ts';

const HOSTILE = `</script><script>alert("x")</script><!-- ' & <img src=x onerror=alert(1)>`;
const ASSETS = { script: 'draw("</script>")', style: 'body{}' };

interface Made {
  readonly results?: readonly RunResult[];
  readonly scenario?: string;
  readonly description?: string;
  readonly partial?: boolean;
  readonly command?: string;
}

/** The page; with plain spaces, where it keeps numbers and their units together. */
async function page({ results = [runResult()], partial = false, ...texts }: Made = {}): Promise<string> {
  const policies = comparison(
    results.map((result) => ({ figures: figuresOf(result), quantiles: result.quantiles })),
  );
  const data = {
    scenario: texts.scenario ?? 'two-machines',
    description: texts.description ?? 'Two machines',
    partial,
    runs: results.map(condense),
    curves: policies.map(({ policy, quantiles }) => ({ policy, quantiles })),
    links: [],
  };
  const command = texts.command ?? 'gismesh sim two-machines --seed 1';
  const html = await reportPage({ data, policies, command, version: '1.2.3' }, ASSETS);
  return html.replaceAll('\u00a0', ' ');
}

test('figures, explanation, command and fingerprint are in the page without any script', async (t) => {
  const html = await page();
  const [markup] = html.split('<script') as [string];
  t.regex(markup, /2 computers drew maps for each other for 10 s/);
  t.regex(markup, /99 of 100 within 100 ms/);
  t.regex(markup, /Not one request failed/);
  t.regex(markup, /gismesh sim two-machines --seed 1/);
  t.regex(markup, /bid: a1b2/);
  t.notRegex(markup, /class="partial"/);
});

test('it loads nothing from anywhere and runs one script only', async (t) => {
  const html = await page();
  t.notRegex(html, /(?:src|href)="(?:https?:)?\/\//);
  const [, code] = /<script>([\s\S]*?)<\/script>/.exec(html) as unknown as [string, string];
  const digest = createHash('sha256').update(code).digest('base64');
  t.true(html.includes(`script-src 'sha256-${digest}'`));
  t.is(code, 'draw("\\x3c/script>")');
});

test('texts of users, scenarios and peers cannot break out', async (t) => {
  const hostile = runResult({
    scenario: HOSTILE,
    violations: [{ checker: HOSTILE, atMs: 1, message: HOSTILE }],
    machines: [{ peer: HOSTILE, site: HOSTILE, speed: 1, slots: 1, samples: [] }],
  });
  const html = await page({
    results: [hostile],
    scenario: HOSTILE,
    description: HOSTILE,
    command: `gismesh sim '${HOSTILE}'`,
  });
  t.is(html.match(/<script/g)?.length, 2);
  t.is(html.match(/<\/script>/g)?.length, 2);
  t.notRegex(html, /<img/);
  const [, json] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) as unknown as [
    string,
    string,
  ];
  t.is(JSON.parse(json).scenario, HOSTILE);
  t.is(JSON.parse(json).runs[0].machines[0].name, HOSTILE);
});

test('an interrupted run says that it is partial, even where nothing was measured yet', async (t) => {
  t.regex(await page({ partial: true }), /<strong>Partial\.<\/strong> The run was interrupted/);
  const empty = await page({ partial: true, results: [] });
  t.regex(empty, /there is nothing to see yet/);
  const early = await page({ partial: true, results: [runResult({ requests: 0, partial: true })] });
  t.regex(early, /not played long enough/);
  t.notRegex(early, /latency-plot/);
  t.regex(await page({ results: [runResult({ requests: 0 })] }), /Nobody asked for a map/);
});

test('what a mesh is and how it chooses is said to whoever has never heard of it', async (t) => {
  t.regex(await page(), /asks a few others how soon .* Nobody is in charge/);
  const lots = await page({ results: [runResult({ policy: 'random' })] });
  t.regex(lots, /Who draws was chosen like this: any computer, by lot\./);
  t.notRegex(lots, /asks a few others how soon/);
});

test('where every request failed no time is praised', async (t) => {
  const html = await page({ results: [runResult({ errors: 100, p50: 0, p95: 0, p99: 0 })] });
  t.regex(html, /asked for 100 map images, and none came\./);
  t.notRegex(html, /would notice/);
});

test('broken promises come first, with the command that shows them again', async (t) => {
  const html = await page({
    results: [
      runResult({ violations: [{ checker: 'requests', atMs: 4200, message: 'request 7 got lost' }] }),
    ],
  });
  t.regex(html, /1 promise was broken/);
  t.regex(html, /request 7 got lost/);
  t.true(html.indexOf('request 7 got lost') < html.indexOf('What you see'));
  t.notRegex(html, /Every promise that was watched was kept/);
});

test('a comparison says who won, in words, and does not flatter', async (t) => {
  const runs = (ours: number) => [
    runResult({ policy: 'bid', p99: ours }),
    runResult({ policy: 'prequal', p99: 200 }),
    runResult({ policy: 'random', p99: 4000 }),
    runResult({ policy: 'omniscient', p99: 50 }),
  ];
  const good = await page({ results: runs(100) });
  t.regex(good, /The next best, “prequal”, needs 200 ms; with “random” it takes 4 s, 40 times as long/);
  t.regex(good, /Why: it asks before it gives work away/);
  t.regex(good, /at every moment would need 50 ms/);
  t.notRegex(good, /failed\. /);
  const bad = await page({ results: runs(400) });
  t.regex(bad, /Better here was “prequal” with 200 ms/);
  t.notRegex(bad, /Why: /);
  const failing = await page({
    results: [...runs(100), runResult({ policy: 'two-choices', errors: 7, p99: 10 })],
  });
  t.regex(failing, /The next best, “prequal”/);
  t.regex(failing, /Times are of those that came: 7 % with “two-choices” failed\./);
  for (const policy of ['bid', 'prequal', 'random', 'omniscient']) {
    t.true(good.includes(`data-policy="${policy}"`));
  }
});
