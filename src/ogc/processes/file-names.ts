/** By the ends of names; of several with one media type the first is what its files are called. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['bin', 'application/octet-stream'],
  ['csv', 'text/csv; charset=utf-8'],
  ['fgb', 'application/vnd.flatgeobuf'],
  ['geojson', 'application/geo+json'],
  ['gml', 'application/gml+xml'],
  ['gpkg', 'application/geopackage+sqlite3'],
  ['gpx', 'application/gpx+xml'],
  ['gz', 'application/gzip'],
  ['html', 'text/html; charset=utf-8'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['json', 'application/json'],
  ['kml', 'application/vnd.google-earth.kml+xml'],
  ['kmz', 'application/vnd.google-earth.kmz'],
  ['txt', 'text/plain; charset=utf-8'],
  ['log', 'text/plain; charset=utf-8'],
  ['nc', 'application/netcdf'],
  ['parquet', 'application/vnd.apache.parquet'],
  ['pdf', 'application/pdf'],
  ['png', 'image/png'],
  ['zip', 'application/zip'],
  ['svg', 'image/svg+xml'],
  ['tif', 'image/tiff; application=geotiff'],
  ['tiff', 'image/tiff; application=geotiff'],
  ['xml', 'application/xml'],
  ['vrt', 'application/xml'],
  ['webp', 'image/webp'],
]);

/** Other names of the same, as standards and programs write them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['text/xml', 'xml'],
  ['application/vnd.geo+json', 'geojson'],
  ['application/x-zipped-shp', 'zip'],
  ['application/x-geotiff', 'tif'],
  ['application/geotiff', 'tif'],
  ['application/x-sqlite3', 'gpkg'],
]);

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ...[...MEDIA_TYPES].reverse().map(([extension, type]) => [essence(type), extension] as const),
  ...ALIASES,
]);

/** The media type of content that is known by a name alone; bytes without a meaning for other names. */
export function mediaTypeOfName(name: string): string {
  return typeOfEnd(name) ?? 'application/octet-stream';
}

/** Undefined for an end that nothing is known of. */
function typeOfEnd(name: string): string | undefined {
  const parts = name.toLowerCase().split('.');
  // The longest end counts.
  for (let at = 1; at < parts.length; at += 1) {
    const type = MEDIA_TYPES.get(parts.slice(at).join('.'));
    if (type) return type;
  }
  return undefined;
}

/** The name of an output's file: its own, with the end that its media type asks for when it has none. */
export function fileNameOf(name: string, mediaType: string): string {
  if (mediaTypeOfName(name) !== 'application/octet-stream') return name;
  const extension = EXTENSIONS.get(essence(mediaType)) ?? 'bin';
  return extension === 'bin' || name.toLowerCase().endsWith(`.${extension}`) ? name : `${name}.${extension}`;
}

/** Whether files of the media type have names that end as this one does: an end that is not known is that of none. */
export function isNamedAs(name: string, mediaType: string): boolean {
  const type = typeOfEnd(name);
  return type !== undefined && EXTENSIONS.get(essence(type)) === EXTENSIONS.get(essence(mediaType));
}

/** Without parameters. */
function essence(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}
