import { type Html, html } from '../../../html.ts';
import type { ApiDocument } from '../document.ts';

const STYLE: Html = {
  html: `
:root{color-scheme:light dark;--ground:light-dark(#f7f8f8,#14181b);--line:light-dark(#dde2e5,#313a40);
--text:light-dark(#1a2328,#e6ebee);--soft:light-dark(#56646d,#9eabb3);--accent:light-dark(#0f5c73,#7cc4d8)}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem 1.5rem;background:var(--ground);color:var(--text)}
a{color:var(--accent)}
header{border-bottom:1px solid var(--line);margin-bottom:1rem;padding-bottom:.5rem}
nav a{margin-right:1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:1.6rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .7rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{color:var(--soft)}dd{margin:0}
code,pre{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}pre{white-space:pre-wrap}
.note{color:var(--soft)}
.action{display:inline-block;border:1px solid currentColor;border-radius:.3rem;padding:.3rem .8rem}
`,
};

export interface PageInput {
  readonly title: string;
  /** The API as this client reaches it, without a slash at its end. */
  readonly url: string;
  /** The same as JSON. */
  readonly json: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page of the API: complete in itself, without scripts. */
export function pageDocument(
  { title, url, json, status = 200, headers = {} }: PageInput,
  content: Html,
): ApiDocument {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><link rel="alternate" type="application/json" href="${json}"><style>${STYLE}</style></head>
<body><header><nav aria-label="OGC API - Processes"><a href="${url}/?f=html">Start</a>
<a href="${url}/processes?f=html">Processes</a> <a href="${url}/jobs?f=html">Jobs</a>
<a href="${json}">This page as JSON</a></nav></header>
<main><h1>${title}</h1>
${content}
</main></body></html>
`;
  return { status, contentType: 'text/html; charset=utf-8', body: page.html, headers };
}

export function anchor(href: string, text: string): Html {
  return html`<a href="${href}">${text}</a>`;
}

/** A table with a heading for each column; each row has a cell for each. */
export function tableOf(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html {
  if (rows.length === 0) return html`<p class="note">None.</p>`;
  return html`<div class="scroll"><table aria-label="${caption}"><thead><tr>${headings.map(
    (heading) => html`<th scope="col">${heading}</th>`,
  )}</tr></thead><tbody>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}

/** Names with what they stand for; without those that have nothing. */
export function listOf(facts: readonly (readonly [name: string, value: Html | string | undefined])[]): Html {
  const told = facts.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl>${told.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}

/** Links to the pages before and after this one. */
export function pagingLinks(
  url: string,
  query: readonly (readonly [name: string, value: string])[],
  { offset, limit, hasMore }: { readonly offset: number; readonly limit: number; readonly hasMore: boolean },
): Html {
  const at = (from: number) => {
    const all = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]));
    all.set('limit', String(limit));
    if (from > 0) all.set('offset', String(from));
    all.set('f', 'html');
    return `${url}?${all}`;
  };
  const before = offset > 0 && html`<a rel="prev" href="${at(Math.max(0, offset - limit))}">Page before</a> `;
  const after = hasMore && html`<a rel="next" href="${at(offset + limit)}">Next page</a>`;
  return html`<p>${before}${after}</p>`;
}
