import { type Html, html } from '../../../html.ts';
import type { ApiDocument, JsonObject } from '../document.ts';
import { writeApiProblem } from '../document.ts';
import { type LandingInput, writeConformance, writeLandingPage } from '../landing.ts';
import { anchor, pageDocument } from './page.ts';

/** The landing page for people. */
export function landingPage(input: LandingInput): ApiDocument {
  const { url } = input;
  const { title, description, links } = JSON.parse(writeLandingPage(input).body) as {
    title: string;
    description: string;
    links: { href: string; rel: string; title: string }[];
  };
  const told = links.filter(({ rel }) => rel === 'service-desc' || rel.startsWith('http'));
  const items = told.map(
    ({ href, rel, title: name }) =>
      html`<li>${anchor(rel === 'service-desc' ? href : `${href}?f=html`, name)}</li>\n`,
  );
  return pageDocument({ title, url, json: `${url}/?f=json` }, html`<p>${description}</p><ul>${items}</ul>`);
}

/** What the API conforms to, for people. */
export function conformancePage({ url }: Pick<LandingInput, 'url'>): ApiDocument {
  const { conformsTo } = JSON.parse(writeConformance().body) as { conformsTo: string[] };
  const items: Html[] = conformsTo.map((name) => html`<li><code>${name}</code></li>\n`);
  const about = { title: 'Conformance', url, json: `${url}/conformance?f=json` };
  return pageDocument(
    about,
    html`<p>Classes of OGC API - Processes that this service conforms to:</p><ul>${items}</ul>`,
  );
}

/** Anything that was thrown, for people; `json` is the address that was asked for. */
export function problemPage(error: unknown, url: string, json: string): ApiDocument {
  const { status, headers, body } = writeApiProblem(error);
  const { title, detail, type } = JSON.parse(body) as JsonObject &
    Record<'title' | 'detail' | 'type', string>;
  const about = type === 'about:blank' ? html`` : html`<p class="note"><code>${type}</code></p>`;
  return pageDocument({ title, url, json, status, headers }, html`<p>${detail}</p>${about}`);
}
