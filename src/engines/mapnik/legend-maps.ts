import type { Binding, MapnikImage } from './binding.ts';
import { color } from './draw.ts';
import type { LegendEntry, SampleShape } from './legend-entries.ts';
import type { OpenProject } from './open-projects.ts';
import { writeXml, type XmlNode } from './style-sheet.ts';

/** A size in layout units: pixels of 0.28 mm. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draws a row's symbol on its sample feature, with the project's own fonts, patterns and icons. */
export function drawSample(
  mapnik: Binding,
  project: OpenProject,
  entry: LegendEntry,
  size: Size,
  scale: number,
): Promise<MapnikImage> {
  const styles = entry.parts.map(({ opacity, symbolizers }, index) =>
    element('Style', { name: `part${index}`, opacity: String(opacity) }, [element('Rule', {}, symbolizers)]),
  );
  const layer = inlineLayer(
    styles.map((_, index) => `part${index}`),
    [{ geometry: sampleGeometry(entry.shape, size), properties: {} }],
  );
  const { fontSets, fontDirectory } = project.styleSheet;
  const directory: Record<string, string> =
    fontDirectory === undefined ? {} : { 'font-directory': fontDirectory };
  return drawXml(mapnik, mapXml(directory, [...fontSets, ...styles, layer]), project.folder, size, scale);
}

/**
 * Draws the labels, each to the right of `x` and in the middle of its row.
 *
 * @param background `#rrggbb`; absent: transparent
 */
export function drawLabels(
  mapnik: Binding,
  labels: readonly string[],
  layout: { readonly size: Size; readonly x: number; readonly top: number; readonly rowHeight: number },
  scale: number,
  background: string | undefined,
): Promise<MapnikImage> {
  const format = {
    'face-name': 'DejaVu Sans Book',
    size: '11',
    fill: '#222222',
    'halo-fill': '#ffffff',
    'halo-radius': '1',
    'horizontal-alignment': 'right',
    'vertical-alignment': 'middle',
    'allow-overlap': 'true',
  };
  const features = labels.map((label, index) => ({
    geometry: {
      type: 'Point',
      coordinates: [layout.x, layout.size.height - layout.top - (index + 0.5) * layout.rowHeight],
    },
    properties: { label },
  }));
  const text = element('TextSymbolizer', format, [{ '#text': '[label]' }]);
  const style = element('Style', { name: 'labels' }, [element('Rule', {}, [text])]);
  const layers = features.length === 0 ? [] : [inlineLayer(['labels'], features)];
  return drawXml(mapnik, mapXml({}, [style, ...layers]), '', layout.size, scale, background);
}

function sampleGeometry(shape: SampleShape, { width, height }: Size): unknown {
  if (shape === 'point') return { type: 'Point', coordinates: [width / 2, height / 2] };
  if (shape === 'line') {
    const [low, high] = [height * 0.3, height * 0.7];
    const coordinates = [
      [1, low],
      [width * 0.35, high],
      [width * 0.65, low],
      [width - 1, high],
    ];
    return { type: 'LineString', coordinates };
  }
  const [left, bottom, right, top] = [2, 2, width - 2, height - 2];
  const ring = [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
    [left, bottom],
  ];
  return { type: 'Polygon', coordinates: [ring] };
}

function inlineLayer(
  styles: readonly string[],
  features: ReadonlyArray<{ readonly geometry: unknown; readonly properties: object }>,
): XmlNode {
  const collection = {
    type: 'FeatureCollection',
    features: features.map((feature) => ({ type: 'Feature', ...feature })),
  };
  return element('Layer', { name: 'inline', srs: 'epsg:3857' }, [
    ...styles.map((style) => element('StyleName', {}, [{ '#text': style }])),
    element('Datasource', {}, [
      element('Parameter', { name: 'type' }, [{ '#text': 'geojson' }]),
      element('Parameter', { name: 'inline' }, [{ '#text': JSON.stringify(collection) }]),
    ]),
  ]);
}

function element(tag: string, attributes: Record<string, string>, children: readonly XmlNode[]): XmlNode {
  return { [tag]: children, ':@': attributes };
}

function mapXml(attributes: Record<string, string>, children: readonly XmlNode[]): string {
  return writeXml([element('Map', { srs: 'epsg:3857', ...attributes }, children)]);
}

/** Draws a map whose coordinates are layout units. */
async function drawXml(
  mapnik: Binding,
  xml: string,
  base: string,
  size: Size,
  scale: number,
  background?: string,
): Promise<MapnikImage> {
  const [width, height] = [size.width * scale, size.height * scale].map((side) =>
    Math.max(1, Math.round(side)),
  );
  const map = new mapnik.Map(width!, height!);
  await new Promise<void>((resolve, reject) => {
    map.fromString(xml, { strict: false, base }, (error) => (error ? reject(error) : resolve()));
  });
  map.loadFonts();
  map.aspect_fix_mode = mapnik.Map.ASPECT_RESPECT;
  map.background = color(mapnik, background);
  map.extent = [0, 0, size.width, size.height];
  const image = new mapnik.Image(width!, height!);
  return new Promise((resolve, reject) => {
    map.render(image, { scale, scale_denominator: 1, buffer_size: 0 }, (error) =>
      error ? reject(error) : resolve(image),
    );
  });
}
