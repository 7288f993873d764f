import type { JobReport } from '../../../src/http/job-report.ts';
import { element } from '../dom.ts';
import { formPage, outputAddress } from './api.ts';
import { failure } from './parts.ts';
import { isOpen, mediaName, size } from './words.ts';

type Output = JobReport['outputs'][number];

/** Larger outputs are shown on demand, or only to be downloaded. */
const PREVIEW_BYTES = 64_000;
const IMAGE_BYTES = 4_000_000;
const MAP_BYTES = 20_000_000;
const PREVIEW_CHARACTERS = 4000;

/** The outputs of a job: to download, to look at, on a map where they are geographic. */
export class OutputsPanel {
  readonly element = element(
    'section',
    { class: 'card', 'aria-label': 'Outputs' },
    element('h3', {}, 'Outputs'),
  );
  readonly #list = element('ul', { class: 'outputs' });
  #shown = '';

  constructor() {
    this.element.append(this.#list);
  }

  show({ id, state, outputs }: JobReport): void {
    const now = `${state} ${outputs.map(({ name, artifact }) => `${name} ${artifact}`).join()}`;
    if (now === this.#shown) return;
    this.#shown = now;
    const none = isOpen(state) ? 'Not there yet.' : 'None.';
    this.#list.replaceChildren(
      ...(outputs.length === 0
        ? [element('li', { class: 'quiet' }, none)]
        : outputs.map((output) => this.#item(id, output))),
    );
  }

  #item(job: string, output: Output): HTMLElement {
    const { name, mediaType, bytes, fileName } = output;
    const href = outputAddress(job, name);
    const link = element('a', { href, download: fileName ?? '' }, 'Download');
    const use = element(
      'a',
      { href: formPage({ input: `job:${job}/${encodeURIComponent(name)}` }) },
      'Use in a new job',
    );
    const shown = element('div', { class: 'shown' });
    const item = element(
      'li',
      { 'data-output': name },
      element(
        'p',
        {},
        element('strong', {}, name),
        element('span', { class: 'quiet' }, ` ${mediaName(mediaType)}, ${size(bytes)} `),
        link,
        ' · ',
        use,
      ),
      shown,
    );
    void this.#preview(shown, output, href).catch((error) => shown.replaceChildren(failure(error)));
    return item;
  }

  async #preview(place: HTMLElement, { name, mediaType, bytes }: Output, href: string): Promise<void> {
    if (/^image\/(?:png|jpeg|webp|gif)\b/.test(mediaType) && bytes <= IMAGE_BYTES) {
      place.append(element('img', { src: href, alt: `Output ${name}`, loading: 'lazy' }));
      return;
    }
    const isText = /^text\/|json|xml|kind=/i.test(mediaType);
    const mayBeMap = /json|gml/i.test(mediaType) && !mediaType.includes('kind=');
    if (!isText || bytes > (mayBeMap ? MAP_BYTES : PREVIEW_BYTES)) return;
    const text = await (await fetched(href)).text();
    if (mayBeMap) {
      // The map library is large, and most jobs need none.
      const { resultMap } = await import('./result-map.ts');
      const map = resultMap(text, mediaType, name);
      if (map) place.append(map);
    }
    if (bytes <= PREVIEW_BYTES || !place.firstChild) place.append(preview(text, place.firstChild === null));
  }
}

async function fetched(href: string): Promise<Response> {
  const response = await fetch(href);
  if (!response.ok) throw new Error(`It cannot be had at the moment: HTTP ${response.status}`);
  return response;
}

/** `opened`: shown at once. */
function preview(text: string, opened: boolean): HTMLElement {
  const cut = text.length > PREVIEW_CHARACTERS ? `${text.slice(0, PREVIEW_CHARACTERS)} …` : text;
  const content = element('pre', { class: 'preview', tabindex: '0' }, pretty(text, cut));
  if (opened) return content;
  return element('details', {}, element('summary', {}, 'Text'), content);
}

function pretty(text: string, cut: string): string {
  if (text.length > PREVIEW_CHARACTERS || !/^\s*[[{]/.test(text)) return cut;
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return cut;
  }
}
