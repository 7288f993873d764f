import { defaults as defaultControls } from 'ol/control/defaults.js';
import { type Extent, getIntersection } from 'ol/extent.js';
import Feature from 'ol/Feature.js';
import { fromExtent } from 'ol/geom/Polygon.js';
import DragBox from 'ol/interaction/DragBox.js';
import VectorLayer from 'ol/layer/Vector.js';
import OlMap from 'ol/Map.js';
import { get as projectionNamed, transformExtent } from 'ol/proj.js';
import VectorSource from 'ol/source/Vector.js';
import View from 'ol/View.js';
import { element } from '../dom.ts';
import { baseLayer } from './base-map.ts';
import { resultStyle } from './result-map.ts';

const VIEW = 'EPSG:3857';

/** Whether boxes in this CRS can be drawn; others are typed. */
export const canBeDrawn = (crs: string) => projectionNamed(codeOf(crs)) !== null;

/** A map to draw a box on. */
export class BoxMap {
  readonly element = element('div', { class: 'box-map', role: 'application', tabindex: '0' });
  readonly #source = new VectorSource();
  readonly #map: OlMap;
  readonly #crs: () => string;
  readonly #onDrawn: (extent: readonly number[]) => void;

  /** `onDrawn` gets west, south, east, north (or their like) in `crs()`. */
  constructor(crs: () => string, onDrawn: (extent: readonly number[]) => void) {
    this.#crs = crs;
    this.#onDrawn = onDrawn;
    this.element.setAttribute(
      'aria-label',
      'Map to draw the box on: drag with the mouse, take what it shows, or type the numbers above',
    );
    const drag = new DragBox({ className: 'drag-box' });
    this.#map = new OlMap({
      target: this.element,
      layers: [new VectorLayer({ source: this.#source, style: resultStyle })],
      controls: defaultControls({ attribution: false }),
      view: new View({ center: [0, 0], zoom: 0, maxZoom: 19 }),
    });
    // Before panning: with the mouse a drag draws; the wheel zooms, the arrow keys move.
    this.#map.addInteraction(drag);
    drag.on('boxend', () => {
      this.#take(drag.getGeometry().getExtent());
    });
    void baseLayer().then((layer) => layer && this.#map.getLayers().insertAt(0, layer));
  }

  /** What the map shows at the moment becomes the box: without a mouse. */
  takeVisible(): void {
    const world = projectionNamed(VIEW)?.getExtent() as Extent;
    this.#take(getIntersection(this.#map.getView().calculateExtent(this.#map.getSize()), world));
  }

  /** Shows a box that was typed. */
  show(extent: readonly number[], crs: string): void {
    const shown = transformExtent([...extent], codeOf(crs), VIEW);
    if (!shown.every(Number.isFinite)) return;
    this.#draw(shown);
    this.#map.getView().fit(shown, { padding: [40, 40, 40, 40], maxZoom: 14 });
  }

  #take(extent: Extent): void {
    this.#draw(extent);
    this.#onDrawn(transformExtent(extent, VIEW, codeOf(this.#crs())));
  }

  #draw(extent: Extent): void {
    this.#source.clear();
    this.#source.addFeature(new Feature(fromExtent(extent)));
  }
}

function codeOf(crs: string): string {
  return /CRS:?84$/i.test(crs) ? 'EPSG:4326' : crs.replace(/^.*[/:](\d+)$/, 'EPSG:$1');
}
