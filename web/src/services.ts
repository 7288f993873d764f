import type { ProjectDescription } from '../../src/ogc/project-description.ts';

/** How some other program gets this map. */
export interface Recipe {
  readonly program: string;
  /** Where it goes. */
  readonly hint: string;
  readonly text: string;
}

/** What to copy into other programs. `base` is the address that this page was reached under. */
export function recipes(base: URL, { id, title, attribution }: ProjectDescription): Recipe[] {
  const wms = new URL(`wms/${id}`, base).href;
  const tiles = `${new URL(`tiles/${id}/`, base).href}{z}/{x}/{y}.png`;
  return [
    { program: 'QGIS, WMS', hint: 'Layer > Add Layer > Add WMS/WMTS Layer > New > URL', text: wms },
    { program: 'QGIS, tiles', hint: 'Browser > XYZ Tiles > New Connection > URL', text: tiles },
    {
      program: 'WMTS',
      hint: 'Capabilities, for QGIS, ArcGIS and others',
      text: new URL(`wmts/${id}?SERVICE=WMTS&REQUEST=GetCapabilities`, base).href,
    },
    { program: 'OpenLayers', hint: `A layer with "${title}"`, text: openLayers(wms, id, attribution) },
    { program: 'GDAL', hint: 'The whole world as a GeoTIFF', text: gdal(wms, id) },
  ];
}

function openLayers(url: string, layers: string, attributions: string): string {
  return `import TileLayer from 'ol/layer/Tile.js';
import TileWMS from 'ol/source/TileWMS.js';

const layer = new TileLayer({
  source: new TileWMS({
    url: ${JSON.stringify(url)},
    params: { LAYERS: ${JSON.stringify(layers)} },
    attributions: ${JSON.stringify(attributions)},
  }),
});`;
}

function gdal(url: string, layers: string): string {
  const query = new URLSearchParams({
    SERVICE: 'WMS',
    VERSION: '1.1.1',
    REQUEST: 'GetMap',
    LAYERS: layers,
    SRS: 'EPSG:4326',
    BBOX: '-180,-90,180,90',
  });
  return `gdal_translate -outsize 2048 1024 \\
  "WMS:${url}?${decodeURIComponent(query.toString())}" \\
  ${layers}.tif`;
}
