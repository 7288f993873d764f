import { defaults as defaultControls } from 'ol/control/defaults.js';
import type Feature from 'ol/Feature.js';
import GeoJSON from 'ol/format/GeoJSON.js';
import WFS from 'ol/format/WFS.js';
import VectorLayer from 'ol/layer/Vector.js';
import OlMap from 'ol/Map.js';
import { get as projectionNamed } from 'ol/proj.js';
import VectorSource from 'ol/source/Vector.js';
import CircleStyle from 'ol/style/Circle.js';
import Fill from 'ol/style/Fill.js';
import Stroke from 'ol/style/Stroke.js';
import Style from 'ol/style/Style.js';
import View from 'ol/View.js';
import { element } from '../dom.ts';
import { baseLayer } from './base-map.ts';

const VIEW = 'EPSG:3857';
const MAX_SHOWN_PROPERTIES = 12;

/** What results look like, on light maps and dark. */
export const resultStyle = new Style({
  fill: new Fill({ color: 'rgba(200, 60, 10, 0.25)' }),
  stroke: new Stroke({ color: '#b8360a', width: 2 }),
  image: new CircleStyle({
    radius: 5,
    fill: new Fill({ color: 'rgba(200, 60, 10, 0.7)' }),
    stroke: new Stroke({ color: '#ffffff', width: 1 }),
  }),
});

/** The result on a map; undefined for what is not geographic, the reason for what cannot be shown. */
export function resultMap(text: string, mediaType: string, name: string): HTMLElement | undefined {
  const features = /json/i.test(mediaType) ? fromGeoJson(text) : fromGml(text);
  if (features === undefined) return undefined;
  if (typeof features === 'string') return element('p', { class: 'quiet' }, features);
  return show(features, name);
}

function fromGeoJson(text: string): Feature[] | string | undefined {
  let json: { type?: unknown; crs?: { properties?: { name?: string } } };
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const types = ['FeatureCollection', 'Feature', 'GeometryCollection', 'Point', 'LineString', 'Polygon'];
  if (!types.some((type) => String(json?.type).endsWith(type))) return undefined;
  const crs = json.crs?.properties?.name;
  if (crs !== undefined && !projectionNamed(crs))
    return `Not shown on the map: its coordinates are in ${crs}.`;
  return new GeoJSON({ featureProjection: VIEW }).readFeatures(json) as Feature[];
}

/** Collections of features; anything else of GML is shown as text. */
function fromGml(text: string): Feature[] | undefined {
  try {
    const features = new WFS().readFeatures(text, { featureProjection: VIEW }) as Feature[];
    return features.length > 0 ? features : undefined;
  } catch {
    return undefined;
  }
}

function show(features: readonly Feature[], name: string): HTMLElement {
  const target = element('div', { class: 'result-map', role: 'application', tabindex: '0' });
  target.setAttribute('aria-label', `Map of output ${name}: ${features.length} features`);
  const facts = element('p', { class: 'quiet', role: 'status' }, count(features.length));
  const source = new VectorSource({ features: [...features] });
  const map = new OlMap({
    target,
    layers: [new VectorLayer({ source, style: resultStyle })],
    controls: defaultControls({ attributionOptions: { collapsible: true } }),
    view: new View({ center: [0, 0], zoom: 1, maxZoom: 19 }),
  });
  void baseLayer().then((layer) => layer && map.getLayers().insertAt(0, layer));
  const extent = source.getExtent();
  // Once the element has its size.
  map.once('change:size', () => {
    if (extent?.every(Number.isFinite)) map.getView().fit(extent, { padding: [30, 30, 30, 30], maxZoom: 16 });
    target.dataset.features = String(features.length);
  });
  map.on('singleclick', ({ pixel }) => {
    const feature = map.forEachFeatureAtPixel(pixel, (each) => each, { hitTolerance: 4 });
    facts.textContent = feature ? properties(feature as Feature) : count(features.length);
  });
  return element('figure', { class: 'result' }, target, facts);
}

function count(features: number): string {
  return `${features.toLocaleString()} ${features === 1 ? 'feature' : 'features'}. A click shows what is known of one.`;
}

function properties(feature: Feature): string {
  const known = Object.entries(feature.getProperties())
    .filter(([key, value]) => key !== feature.getGeometryName() && value !== null)
    .slice(0, MAX_SHOWN_PROPERTIES);
  if (known.length === 0) return 'Nothing but its shape is known of this feature.';
  return known.map(([key, value]) => `${key}: ${String(value)}`).join(' · ');
}
