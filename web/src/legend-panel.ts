import type { ProjectDescription } from '../../src/ogc/project-description.ts';
import { byId, element } from './dom.ts';

/** The symbols of each layer, topmost first as on the map. Pictures are asked for when the legend is opened. */
export function showLegend(base: URL, project: ProjectDescription): void {
  const items = [...project.layers].reverse().map(({ name, title }) => {
    const query = new URLSearchParams({
      SERVICE: 'WMS',
      VERSION: '1.3.0',
      REQUEST: 'GetLegendGraphic',
      LAYER: name,
      STYLE: '',
      FORMAT: 'image/png',
      TRANSPARENT: 'TRUE',
      // Tells the browser's cache one version of the project from another.
      UPDATED: project.hash.slice(0, 12),
    });
    const url = new URL(`wms/${project.id}?${query}`, base);
    const picture = element('img', { src: url.href, alt: `Symbols of ${title}`, loading: 'lazy' });
    return element('li', {}, element('span', {}, title), picture);
  });
  byId('legend').replaceChildren(...items);
}
