import type { FileFormat } from '../command/schema.ts';

/* Files that QGIS reads and writes by GDAL, which tells them by their extension. The default stands first. */

function format(mediaType: string, extension: string, changes: Partial<FileFormat> = {}): FileFormat {
  return { mediaType, extension, name: '', text: false, zip: false, ...changes };
}

function textFormat(mediaType: string, extension: string): FileFormat {
  return format(mediaType, extension, { text: true });
}

const BYTES = 'application/octet-stream';

const interchange: readonly FileFormat[] = [
  textFormat('application/geo+json', 'geojson'),
  textFormat('application/vnd.geo+json', 'geojson'),
  format('application/geopackage+sqlite3', 'gpkg'),
  textFormat('application/gml+xml', 'gml'),
  textFormat('application/vnd.google-earth.kml+xml', 'kml'),
  textFormat('text/csv', 'csv'),
  format('application/flatgeobuf', 'fgb'),
];

export const vectorInputs: readonly FileFormat[] = [
  ...interchange,
  textFormat('application/json', 'geojson'),
  textFormat('text/xml; subtype=gml/3.1.1', 'gml'),
  format('application/x-shapefile', 'shp.zip'),
  format('application/zip', 'shp.zip'),
];

/** KML is left out: it keeps neither the CRS nor the types of fields, and QGIS writes it without saying so. */
export const vectorOutputs: readonly FileFormat[] = [
  ...interchange.filter(({ extension }) => extension !== 'kml'),
  format('application/x-shapefile', 'shp', { zip: true }),
  format('application/zip', 'shp', { zip: true }),
];

export const rasterInputs: readonly FileFormat[] = [
  format('image/tiff; subtype=geotiff', 'tif'),
  format('image/tiff', 'tif'),
  format('application/geopackage+sqlite3', 'gpkg'),
  format('image/png', 'png'),
  format('image/jpeg', 'jpg'),
  textFormat('text/plain', 'asc'),
  format(BYTES, 'tif'),
];

export const rasterOutputs: readonly FileFormat[] = rasterInputs.slice(0, 2);

const geoPackage = 'application/geopackage+sqlite3';

/** A GeoPackage is taken for vector data. */
export const layerInputs: readonly FileFormat[] = [
  ...vectorInputs,
  ...rasterInputs.filter(({ mediaType }) => mediaType !== geoPackage),
];

export const meshInputs: readonly FileFormat[] = [
  format(BYTES, '2dm'),
  textFormat('text/plain', '2dm'),
  format('application/netcdf', 'nc'),
  format('application/x-netcdf', 'nc'),
];

export const pointCloudFiles: readonly FileFormat[] = [
  format('application/vnd.laszip', 'laz'),
  format(BYTES, 'las'),
];

export const vectorTileFiles: readonly FileFormat[] = [format('application/vnd.sqlite3', 'mbtiles')];

const BY_EXTENSION: Readonly<Record<string, FileFormat>> = Object.fromEntries(
  [
    textFormat('text/html', 'html'),
    textFormat('text/csv', 'csv'),
    textFormat('text/plain', 'txt'),
    textFormat('application/xml', 'xml'),
    textFormat('application/json', 'json'),
    textFormat('application/geo+json', 'geojson'),
    textFormat('application/gpx+xml', 'gpx'),
    textFormat('application/xml', 'qml'),
    textFormat('application/xml', 'sld'),
    textFormat('image/svg+xml', 'svg'),
    textFormat('image/vnd.dxf', 'dxf'),
    format('application/pdf', 'pdf'),
    format('image/png', 'png'),
    format('image/jpeg', 'jpg'),
    format('image/tiff', 'tif'),
    format(geoPackage, 'gpkg'),
    format('application/vnd.sqlite3', 'mbtiles'),
    format('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'),
    format('application/vnd.oasis.opendocument.spreadsheet', 'ods'),
  ].map((each) => [each.extension, each]),
);

/**
 * The formats of a filter as file dialogs have them, `HTML files (*.html);;PDF (*.pdf *.PDF)`: bytes where it names none
 * that is known.
 */
export function filteredFormats(filter: string): FileFormat[] {
  const extensions = [...filter.matchAll(/\*\.([A-Za-z0-9]{1,16})/g)].map(([, name]) =>
    (name as string).toLowerCase(),
  );
  const known = extensions.map((extension) => BY_EXTENSION[extension]).filter((each) => each !== undefined);
  return unique([...known, format(BYTES, extensions[0] ?? 'dat')]);
}

/** The same of files that are read: any text besides. */
export function filteredInputs(filter: string): FileFormat[] {
  const texts = ['txt', 'csv', 'json', 'xml'].map((extension) => BY_EXTENSION[extension] as FileFormat);
  return unique([...filteredFormats(filter), ...texts]);
}

/** The first of each media type. */
function unique(formats: readonly FileFormat[]): FileFormat[] {
  const types = new Set<string>();
  return formats.filter(({ mediaType }) => !types.has(mediaType) && types.add(mediaType));
}
