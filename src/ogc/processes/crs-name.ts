/**
 * One spelling for the names that clients give to coordinate reference systems: `EPSG:4326` for `epsg:4326`,
 * `urn:ogc:def:crs:EPSG::4326`, `urn:ogc:def:crs:EPSG:6.6:4326`, `http://www.opengis.net/def/crs/EPSG/0/4326` and
 * `http://www.opengis.net/gml/srs/epsg.xml#4326`; `CRS:84` for those of OGC's CRS84. Others stay as they are.
 */
export function canonicalCrs(text: string): string {
  const trimmed = text.trim();
  const epsg =
    /^(?:urn:(?:x-)?ogc:(?:def:)?crs:)?EPSG:(?:[\d.]*:)?(\d{1,6})$/i.exec(trimmed) ??
    /^https?:\/\/www\.opengis\.net\/def\/crs\/EPSG\/[\d.]+\/(\d{1,6})$/i.exec(trimmed) ??
    /^https?:\/\/www\.opengis\.net\/gml\/srs\/epsg\.xml#(\d{1,6})$/i.exec(trimmed);
  if (epsg) return `EPSG:${Number(epsg[1])}`;
  const ogc =
    /^(?:urn:(?:x-)?ogc:(?:def:)?crs:)?(?:OGC|CRS):(?:[\d.]*:)?(?:CRS)?(84h?)$/i.exec(trimmed) ??
    /^https?:\/\/www\.opengis\.net\/def\/crs\/OGC\/[\d.]+\/CRS(84h?)$/i.exec(trimmed);
  return ogc ? `CRS:${ogc[1]?.toLowerCase()}` : trimmed;
}

/** An address for a CRS, which OGC API - Processes and `anyURI` want. */
export function crsUri(text: string): string {
  const [authority, code] = canonicalCrs(text).split(':');
  if (authority === 'EPSG') return `http://www.opengis.net/def/crs/EPSG/0/${code}`;
  if (authority === 'CRS') return `http://www.opengis.net/def/crs/OGC/1.3/CRS${code}`;
  return text;
}
