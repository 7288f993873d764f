import {
  attribution,
  contactInformation,
  keywordList,
  onlineResource,
  operation,
  styleElement,
  type WmsCapabilitiesInput,
} from './capabilities-parts.ts';
import { imageFormats } from './image-format.ts';
import { infoFormats } from './info-format.ts';
import { queryableLayers, rootLayerName } from './layers.ts';
import type { BBox } from './map-request.ts';
import type { LayerDescription } from './project-description.ts';
import { element, optionalText, textElement, writeXml, type XmlElement } from './xml.ts';

/** WMS 1.1.1 capabilities (OGC 01-068r3 annex A.1). */
export function writeCapabilities111(input: WmsCapabilitiesInput): string {
  const doctype = 'WMT_MS_Capabilities SYSTEM "http://schemas.opengis.net/wms/1.1.1/WMS_MS_Capabilities.dtd"';
  const root = element('WMT_MS_Capabilities', { version: '1.1.1', updateSequence: input.project.hash }, [
    serviceElement(input),
    capabilityElement(input),
  ]);
  return writeXml(root, doctype);
}

function serviceElement({ project, url, service }: WmsCapabilitiesInput): XmlElement {
  return element('Service', {}, [
    textElement('Name', 'OGC:WMS'),
    textElement('Title', service.title || project.title),
    optionalText('Abstract', service.abstract || project.abstract),
    keywordList(service.keywords),
    onlineResource(url),
    contactInformation(service),
    textElement('Fees', service.fees || 'none'),
    textElement('AccessConstraints', service.accessConstraints || 'none'),
  ]);
}

const EXCEPTION_FORMATS = ['xml', 'inimage', 'blank'].map((style) => `application/vnd.ogc.se_${style}`);

function capabilityElement(input: WmsCapabilitiesInput): XmlElement {
  const { project, url } = input;
  return element('Capability', {}, [
    element('Request', {}, [
      operation('GetCapabilities', ['application/vnd.ogc.wms_xml'], url),
      operation('GetMap', Object.values(imageFormats), url),
      queryableLayers(project).length > 0 && operation('GetFeatureInfo', infoFormats, url),
      operation('GetLegendGraphic', Object.values(imageFormats), url),
    ]),
    element(
      'Exception',
      {},
      EXCEPTION_FORMATS.map((format) => textElement('Format', format)),
    ),
    element('UserDefinedSymbolization', { SupportSLD: 0, UserLayer: 0, UserStyle: 0, RemoteWFS: 0 }),
    rootLayer(input),
  ]);
}

/** `CRS:84` and its like are names of WMS 1.3.0; 1.1.1 has the same, longitude first, as EPSG:4326. */
function rootLayer({ project, url, crs }: WmsCapabilitiesInput): XmlElement {
  const codes = project.crs.filter((code) => !code.startsWith('CRS:') && crs.lookup(code));
  return element('Layer', { queryable: queryableLayers(project).length > 0 ? 1 : 0 }, [
    optionalText('Name', rootLayerName(project)),
    textElement('Title', project.title || project.id),
    optionalText('Abstract', project.abstract),
    keywordList(project.keywords),
    ...codes.map((code) => textElement('SRS', code)),
    element('LatLonBoundingBox', corners(project.extent)),
    ...codes.map((code) => boundingBox(code, project.extents[code])),
    attribution(project.attribution),
    // Bottom first, so that LAYERS with all of them in this order draws what the project draws.
    ...project.layers.map((layer) => layerElement(layer, codes, url)),
  ]);
}

function layerElement(layer: LayerDescription, codes: readonly string[], url: string): XmlElement {
  return element('Layer', { queryable: layer.queryable ? 1 : 0 }, [
    textElement('Name', layer.name),
    textElement('Title', layer.title || layer.name),
    optionalText('Abstract', layer.abstract),
    element('LatLonBoundingBox', corners(layer.extent)),
    codes.includes('EPSG:4326') && boundingBox('EPSG:4326', layer.extent),
    ...layer.styles.map((style) => styleElement(layer, style, url)),
    scaleHint(layer),
  ]);
}

/** Always x before y, whatever the CRS. */
function boundingBox(code: string, bbox: BBox | undefined): XmlElement | undefined {
  return bbox && element('BoundingBox', { SRS: code, ...corners(bbox) });
}

function corners([minX, minY, maxX, maxY]: BBox): Record<string, number> {
  return { minx: minX, miny: minY, maxx: maxX, maxy: maxY };
}

/** Metres on the diagonal of a standard pixel (section 7.1.4.5.8), for a scale denominator. */
function diagonal(scaleDenominator: number): number {
  return scaleDenominator * 0.00028 * Math.SQRT2;
}

/** The DTD wants both bounds; a scale denominator of 1e12 shows the earth as a tenth of a millimetre. */
const NO_MAX_SCALE_DENOMINATOR = 1e12;

function scaleHint({ minScaleDenominator, maxScaleDenominator }: LayerDescription): XmlElement | undefined {
  if (minScaleDenominator === undefined && maxScaleDenominator === undefined) return undefined;
  return element('ScaleHint', {
    min: diagonal(minScaleDenominator ?? 0),
    max: diagonal(maxScaleDenominator ?? NO_MAX_SCALE_DENOMINATOR),
  });
}
