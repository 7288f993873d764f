import type { ProjectDescription } from '../../src/ogc/project-description.ts';
import { byId, element } from './dom.ts';
import type { Question } from './map-view.ts';

/** An odd number of pixels, so that there is one in the middle. */
const VIEW_PIXELS = 101;
const MAX_FEATURES = 10;

interface FoundFeature {
  readonly layer: string;
  readonly properties: Readonly<Record<string, string | number | boolean | null>>;
}

/** Asks what is at a place and shows it over the map. Escape closes it. */
export class FeatureInfo {
  readonly #base: URL;
  readonly #box = byId('features');
  readonly #map: HTMLElement;
  #asking: AbortController | undefined;

  constructor(base: URL, map: HTMLElement) {
    this.#base = base;
    this.#map = map;
    document.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && !this.#box.hidden) this.#close();
    });
  }

  async ask(question: Question): Promise<void> {
    this.#asking?.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#show('Looking …');
    try {
      const response = await fetch(urlOf(this.#base, question), { signal });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const { features } = (await response.json()) as { features: FoundFeature[] };
      this.#show(...contentOf(features, question.project));
    } catch (error) {
      if (!signal.aborted) this.#show(`This could not be found out: ${(error as Error).message}`);
    }
  }

  #show(...content: (Node | string)[]): void {
    const close = element('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×');
    close.addEventListener('click', () => this.#close());
    this.#box.replaceChildren(close, ...content);
    this.#box.hidden = false;
    this.#box.focus({ preventScroll: true });
  }

  /** For when another map is shown. */
  hide(): void {
    this.#asking?.abort();
    this.#box.hidden = true;
  }

  #close(): void {
    this.hide();
    this.#map.focus({ preventScroll: true });
  }
}

function urlOf(base: URL, { project, coordinate: [x, y], resolution }: Question): URL {
  const layers = project.layers.filter(({ queryable }) => queryable).map(({ name }) => name);
  const half = (resolution * VIEW_PIXELS) / 2;
  const middle = String((VIEW_PIXELS - 1) / 2);
  const query = new URLSearchParams({
    SERVICE: 'WMS',
    VERSION: '1.3.0',
    REQUEST: 'GetFeatureInfo',
    LAYERS: layers.join(','),
    STYLES: '',
    QUERY_LAYERS: layers.join(','),
    CRS: 'EPSG:3857',
    BBOX: [x - half, y - half, x + half, y + half].join(','),
    WIDTH: String(VIEW_PIXELS),
    HEIGHT: String(VIEW_PIXELS),
    I: middle,
    J: middle,
    INFO_FORMAT: 'application/json',
    FEATURE_COUNT: String(MAX_FEATURES),
  });
  return new URL(`wms/${project.id}?${query}`, base);
}

function contentOf(features: readonly FoundFeature[], project: ProjectDescription): (Node | string)[] {
  if (features.length === 0) return ['Nothing is known of this place.'];
  return features.map(({ layer, properties }) => {
    const title = project.layers.find(({ name }) => name === layer)?.title ?? layer;
    const known = Object.entries(properties).filter(([, value]) => value !== null && value !== '');
    const rows = known.map(([name, value]) =>
      element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, String(value))),
    );
    return element('table', {}, element('caption', {}, title), element('tbody', {}, ...rows));
  });
}
