import { type Html, html } from '../../../html.ts';
import type {
  AllowedRange,
  DataDescription,
  InputDescription,
  LiteralData,
  ProcessDescription,
  ProcessMetadata,
} from '../../process-description.ts';
import { type ApiDocument, urlPart } from '../document.ts';
import { type Page, processUrl } from '../processes.ts';
import { anchor, listOf, pageDocument, pagingLinks, tableOf } from './page.ts';

/** One page of the processes, all of which are given, for people. */
export function processListPage(
  processes: readonly ProcessDescription[],
  { offset, limit }: Page,
  url: string,
): ApiDocument {
  const address = `${url}/processes`;
  const rows = processes
    .slice(offset, offset + limit)
    .map(({ id, title, abstract }) => [
      anchor(`${processUrl(id, url)}?f=html`, title || id),
      html`<code>${id}</code>`,
      abstract,
    ]);
  const hasMore = offset + limit < processes.length;
  const json = `${address}?f=json&limit=${limit}&offset=${offset}`;
  return pageDocument(
    { title: 'Processes', url, json },
    html`${tableOf('Processes', ['Process', 'Id', 'What it does'], rows)}
${pagingLinks(address, [], { offset, limit, hasMore })}`,
  );
}

/** The description of a process for people; `form` is where a job can be submitted. */
export function processPage(process: ProcessDescription, url: string, form: string): ApiDocument {
  const { id, title, abstract, version, keywords, jobControl, inputs, outputs, metadata } = process;
  const address = processUrl(id, url);
  const facts = listOf([
    ['Id', html`<code>${id}</code>`],
    ['Version', version],
    ['Keywords', keywords.join(', ')],
    ['Runs', jobControl.join(', ')],
    [
      'When its peer dies',
      process.idempotent ? 'it is run again elsewhere' : 'it fails, and is not run twice',
    ],
    ['Execution', html`<code>POST ${address}/execution</code>`],
  ]);
  return pageDocument(
    { title: title || id, url, json: `${address}?f=json` },
    html`<p>${abstract}</p>
<p><a class="action" href="${form}?process=${urlPart(id)}">Run it</a> ${anchor(`${url}/jobs?f=html&processID=${urlPart(id)}`, 'Its jobs')}</p>
${facts}
${metadata.length > 0 && html`<ul>${metadata.map(metadataItem)}</ul>`}
<h2>Inputs</h2>
${tableOf('Inputs', ['Input', 'What it is', 'How many', 'Values'], inputs.map(inputRow))}
<h2>Outputs</h2>
${tableOf(
  'Outputs',
  ['Output', 'What it is', 'Values'],
  outputs.map((output) => [html`<code>${output.id}</code>`, about(output), dataWords(output.data)]),
)}`,
  );
}

/** Addresses come from providers: only those of the web become links. */
function metadataItem({ title, href, role }: ProcessMetadata): Html {
  const words = title || role || href;
  return html`<li>${/^https?:\/\//i.test(href) ? anchor(href, words) : words}</li>`;
}

function about({ title, abstract }: Pick<InputDescription, 'title' | 'abstract'>): Html {
  return html`${title}${abstract !== '' && html`<br><span class="note">${abstract}</span>`}`;
}

function inputRow(input: InputDescription): Html[] {
  const { minOccurs, maxOccurs, id } = input;
  const most = maxOccurs === 'unbounded' ? 'any number' : String(maxOccurs);
  const count = minOccurs === maxOccurs ? most : `${minOccurs} to ${most}`;
  return [html`<code>${id}</code>`, about(input), html`${count}`, dataWords(input.data)];
}

function dataWords(data: DataDescription): Html {
  switch (data.kind) {
    case 'literal':
      return literalWords(data);
    case 'bbox':
      return html`bounding box in ${data.crs.join(', ')}`;
    case 'complex':
      return html`${data.formats.map(({ mediaType }) => html`<code>${mediaType}</code><br>`)}`;
  }
}

function literalWords({ dataType, allowedValues, allowedRanges, units, defaultValue }: LiteralData): Html {
  const parts = [
    dataType,
    ...(allowedValues.length > 0 ? [`one of ${allowedValues.join(', ')}`] : []),
    ...allowedRanges.map(rangeWords),
    ...(units.length > 0 ? [`in ${units.join(', ')}`] : []),
    ...(defaultValue === undefined ? [] : [`by default ${defaultValue}`]),
  ];
  return html`${parts.join('; ')}`;
}

function rangeWords({ minimum, maximum, closure }: AllowedRange): string {
  const above = closure === 'open' || closure === 'open-closed' ? 'above' : 'from';
  const below = closure === 'open' || closure === 'closed-open' ? 'below' : 'up to';
  const low = minimum === undefined ? '' : `${above} ${minimum}`;
  const high = maximum === undefined ? '' : `${below} ${maximum}`;
  return `${low} ${high}`.trim();
}
