import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { PolicyFigures } from '../comparison.ts';
import type { ReportData } from './data.ts';
import { explanation } from './explanation.ts';
import { counted, digits, longTime, share, waited, whole } from './numbers.ts';
import { isBound, POLICY_WORDS } from './policies.ts';

export interface ReportInput {
  readonly data: ReportData;
  /** Best p99 first; empty when nothing came to its end. */
  readonly policies: readonly PolicyFigures[];
  /** The command line that plays the same again. */
  readonly command: string;
  /** Of the program that played it. */
  readonly version: string;
}

/** The built script and style of the page. */
export interface ReportAssets {
  readonly script: string;
  readonly style: string;
}

type Part = ReturnType<typeof html>;

/**
 * A report as one HTML file that needs nothing else, neither server nor network. Figures and explanation are in
 * the markup, plots are drawn by its script. Every text of the run is escaped.
 */
export async function reportPage(input: ReportInput, assets: ReportAssets): Promise<string> {
  const { data, policies, command, version } = input;
  const script = inScript(assets.script);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${raw(digestOf(script))}'; style-src 'unsafe-inline'; img-src data:">
<title>${data.scenario}: a simulated room of computers</title>
<link rel="icon" href="data:,">
<style>${raw(inStyle(assets.style))}</style>
</head>
<body>
<a class="skip" href="#time">Skip to the plots</a>
${header(input)}
<main>
${violations(policies, command)}
${summary(data, policies)}
${latency(policies)}
${overTime(data)}
${policyFigures(policies)}
<footer>
<h2 id="again">Play it again</h2>
<p>The same seed gives the same course of events, on every computer:</p>
<p class="command"><code>${command}</code></p>
<details><summary class="quiet">gismesh ${version}; fingerprints of what happened</summary>
<ul class="traces">${policies.map(
    ({ policy, traceHashes }) => html`<li><code>${policy}: ${traceHashes.join(' ')}</code></li>`,
  )}</ul></details>
</footer>
</main>
<script type="application/json" id="data">${raw(jsonInScript(data))}</script>
<script>${raw(script)}</script>
</body>
</html>
`;
  return String(await page);
}

/** `<` is the only character by which JSON could end the script element that holds it. */
function jsonInScript(data: ReportData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

function inScript(code: string): string {
  return code.replaceAll(/<(?=\/script|!--)/gi, '\\x3c');
}

/** The one script that the page may run. */
function digestOf(script: string): string {
  return `sha256-${createHash('sha256').update(script).digest('base64')}`;
}

function inStyle(css: string): string {
  return css.replaceAll(/<(?=\/style)/gi, '\\3c ');
}

function header({ data, policies }: ReportInput): Part {
  const first = policies[0];
  const seeds = [...new Set(policies.flatMap((policy) => policy.seeds))];
  const facts = first
    ? [
        counted(first.peers, 'computer'),
        `${longTime(first.simulatedMs)} of simulated time`,
        policies.length > 1 ? counted(policies.length, 'policy', 'policies') : `policy ${first.policy}`,
        `${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}`,
      ]
    : [];
  return html`<header>
<div>
<p class="kicker">gismesh sim</p>
<h1>${data.scenario}</h1>
<p class="description">${data.description}</p>
<p class="quiet">${facts.join(' · ')}</p>
</div>
<button type="button" id="theme" hidden>Dark</button>
${data.partial ? html`<p class="partial" role="status"><strong>Partial.</strong> The run was interrupted: what follows is what had happened until then.</p>` : ''}
</header>`;
}

function violations(policies: readonly PolicyFigures[], command: string): Part | '' {
  const found = policies.flatMap(({ policy, violations }) => violations.map((one) => ({ policy, ...one })));
  if (found.length === 0) return '';
  const shown = found.slice(0, MAX_VIOLATIONS);
  return html`<section class="violations" aria-labelledby="violations-title">
<h2 id="violations-title">${counted(found.length, 'promise was', 'promises were')} broken</h2>
<p>These are mistakes of gismesh, not of the scenario. <code>${command}</code> shows them again.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Broken promises"><table>
<thead><tr><th>Checker</th><th>Policy</th><th class="n">At</th><th>What was seen</th></tr></thead>
<tbody>${shown.map(
    ({ checker, policy, atMs, message }) => html`<tr><td>${checker}</td><td>${policy}</td>
<td class="n">${digits(atMs / 1000)} s</td><td>${message}</td></tr>`,
  )}</tbody></table></div>
${found.length > shown.length ? html`<p class="quiet">and ${whole(found.length - shown.length)} more</p>` : ''}
</section>`;
}

const MAX_VIOLATIONS = 100;

function summary(data: ReportData, policies: readonly PolicyFigures[]): Part {
  const shown = [...policies.filter(({ policy }) => policy === 'bid'), ...policies].find(
    ({ requests }) => requests > 0,
  );
  return html`<section class="summary" aria-labelledby="summary-title">
<div class="words">
<h2 id="summary-title">What you see</h2>
${explanation(data, policies).map((paragraph) => html`<p>${unbroken(paragraph)}</p>`)}
</div>
${shown ? headline(shown, policies.length > 1) : ''}
</section>`;
}

/** Keeps a number and its unit on one line. */
function unbroken(text: string): string {
  return text.replaceAll(/(?<=\d) (?=(?:ms|s|min|h)\b|%)/g, '\u00a0');
}

function headline(run: PolicyFigures, isOneOfMany: boolean): Part {
  const tiles: readonly [value: string, name: string][] = [
    [waited(run, run.p50), 'half of the images within'],
    [waited(run, run.p95), '95 of 100 within'],
    [waited(run, run.p99), '99 of 100 within'],
    [`${digits(run.throughput)} /s`, 'good answers'],
    [run.errors === 0 ? 'none' : share(run.errors, run.requests), 'failed'],
    [digits(run.messagesPerRequest), 'messages per request'],
  ];
  return html`<div class="headline">
${isOneOfMany ? html`<p class="quiet">with “${run.policy}”</p>` : ''}
<dl>${tiles.map(([value, name]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</div>`;
}

function latency(policies: readonly PolicyFigures[]): Part | '' {
  if (policies.every(({ requests }) => requests === 0)) return '';
  return html`<section aria-labelledby="latency-title">
<h2 id="latency-title">How long people waited</h2>
<p class="lead">All requests stand in a row, the quickest on the left, the unluckiest on the right. Where a line passes
“95 %”, 95 of 100 people had their map within the time on its left, and 5 waited longer. Lower is better; ${policies.length > 1 ? 'the way from 100 ms to 1 s is as long as from 10 to 100 ms' : 'both axes give the unlucky few as much room as all others'}.</p>
<div class="latency">
<div id="latency-plot" class="plot" role="img" aria-label="Waiting time over the share of requests; the figures are in the table"></div>
${policies.length > 1 ? legend(policies) : ''}
</div>
</section>`;
}

function legend(policies: readonly PolicyFigures[]): Part {
  return html`<div class="legend">
<p class="quiet" id="legend-help">The time within which 99 of 100 came. Choose which lines to see; point at one to bring it out.</p>
<ul aria-describedby="legend-help">${policies.map(
    (run) => html`<li><label data-policy="${run.policy}"><input type="checkbox" checked value="${run.policy}">
<span class="swatch" aria-hidden="true"></span><span class="name">${run.policy}</span>
<span class="n">${waited(run, run.p99)}</span>
<span class="note">${POLICY_WORDS[run.policy]}</span></label></li>`,
  )}</ul></div>`;
}

function overTime({ runs }: ReportData): Part | '' {
  const first = runs[0];
  if (!first) return '';
  return html`<section id="time" aria-labelledby="time-title" tabindex="-1">
<h2 id="time-title">Minute by minute</h2>
<div class="controls">
${
  runs.length > 1
    ? html`<label>Policy <select id="run">${runs.map(({ policy }, index) => html`<option value="${index}">${policy}</option>`)}</select></label>`
    : ''
}
<button type="button" id="play" aria-pressed="false">Play</button>
<label class="time"><span class="visually-hidden">Moment</span><input id="moment" type="range" min="0" max="${first.columns - 1}" step="1" value="0"></label>
<output id="clock" for="moment"></output>
</div>
<div class="over-time">
<figure>
<figcaption><h3>The room</h3><p class="quiet">A square is a computer: the larger, the more it can draw at once; the thicker its frame, the faster. Its colour is what it draws at the chosen moment.</p></figcaption>
<div id="topology"></div>
</figure>
<figure>
<figcaption><h3>Every computer, all the time</h3><p class="quiet">A row is a computer, and time goes to the right. Below it is what went wrong on purpose and what the others noticed. From the dashed line on nobody asks for maps and nothing fails any more.</p></figcaption>
<div id="heat-map"></div>
<div id="timeline"></div>
</figure>
</div>
<div id="load-scale"></div>
<p id="told" class="told" role="status"></p>
<details class="events"><summary>All events as a list</summary><div id="events"></div></details>
</section>`;
}

function policyFigures(policies: readonly PolicyFigures[]): Part {
  const medians = policies.some(({ seeds }) => seeds.length > 1);
  return html`<section aria-labelledby="figures-title">
<h2 id="figures-title">All figures</h2>
<div class="scroll" tabindex="0" role="region" aria-label="All figures"><table>
<thead><tr><th>Policy</th><th class="n">p50</th><th class="n">p95</th><th class="n">p99</th><th class="n">Requests</th>
<th class="n">Failed</th><th class="n">Answers/s</th><th class="n">Messages per request</th><th class="n">Cold starts</th>
<th class="n">Drawn twice</th><th class="n">False alarms</th><th class="n">Gossip, B/s a peer</th></tr></thead>
<tbody>${policies.map(
    (run) => html`<tr class="${run.policy === 'bid' ? 'ours' : isBound(run.policy) ? 'bound' : ''}">
<th scope="row">${run.policy}</th><td class="n">${waited(run, run.p50)}</td><td class="n">${waited(run, run.p95)}</td>
<td class="n">${waited(run, run.p99)}</td><td class="n">${whole(run.requests)}</td><td class="n">${whole(run.errors)}</td>
<td class="n">${digits(run.throughput)}</td><td class="n">${digits(run.messagesPerRequest)}</td>
<td class="n">${whole(run.coldStarts)}</td><td class="n">${whole(run.duplicatedRenders)}</td>
<td class="n">${whole(run.falseSuspicions)}</td><td class="n">${digits(run.gossipBytesPerPeerSecond)}</td></tr>`,
  )}</tbody></table></div>
<p class="quiet">p50, p95, p99: 50, 95 and 99 of 100 requests were answered within this time. A cold start opens a project before it draws.
Drawn twice: images that somebody had drawn already.
A false alarm: a living computer was suspected to be dead.${medians ? ' Each figure is the median over the seeds.' : ''}</p>
</section>`;
}
