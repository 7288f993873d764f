import {
  attribution,
  contactInformation,
  keywordList,
  onlineResource,
  operation,
  styleElement,
  type WmsCapabilitiesInput,
} from './capabilities-parts.ts';
import type { CrsCatalogue } from './crs.ts';
import { imageFormats } from './image-format.ts';
import { infoFormats } from './info-format.ts';
import { queryableLayers, rootLayerName } from './layers.ts';
import type { BBox } from './map-request.ts';
import type { LayerDescription } from './project-description.ts';
import { element, optionalText, textElement, writeXml, type XmlElement } from './xml.ts';

/** WMS 1.3.0 capabilities (OGC 06-042 annex E.1), without an operation that its own schema does not know. */
export function writeCapabilities130(input: WmsCapabilitiesInput): string {
  const root = element(
    'WMS_Capabilities',
    {
      version: '1.3.0',
      updateSequence: input.project.hash,
      xmlns: 'http://www.opengis.net/wms',
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      'xsi:schemaLocation':
        'http://www.opengis.net/wms http://schemas.opengis.net/wms/1.3.0/capabilities_1_3_0.xsd',
    },
    [serviceElement(input), capabilityElement(input)],
  );
  return writeXml(root);
}

function serviceElement({ project, url, limits, service }: WmsCapabilitiesInput): XmlElement {
  return element('Service', {}, [
    textElement('Name', 'WMS'),
    textElement('Title', service.title || project.title),
    optionalText('Abstract', service.abstract || project.abstract),
    keywordList(service.keywords),
    onlineResource(url),
    contactInformation(service),
    textElement('Fees', service.fees || 'none'),
    textElement('AccessConstraints', service.accessConstraints || 'none'),
    textElement('LayerLimit', limits.maxLayers),
    textElement('MaxWidth', limits.maxWidth),
    textElement('MaxHeight', limits.maxHeight),
  ]);
}

function capabilityElement(input: WmsCapabilitiesInput): XmlElement {
  const { project, url } = input;
  return element('Capability', {}, [
    element('Request', {}, [
      operation('GetCapabilities', ['text/xml'], url),
      operation('GetMap', Object.values(imageFormats), url),
      queryableLayers(project).length > 0 && operation('GetFeatureInfo', infoFormats, url),
    ]),
    element(
      'Exception',
      {},
      ['XML', 'INIMAGE', 'BLANK'].map((format) => textElement('Format', format)),
    ),
    rootLayer(input),
  ]);
}

function rootLayer({ project, url, crs }: WmsCapabilitiesInput): XmlElement {
  const codes = project.crs.filter((code) => crs.lookup(code));
  return element('Layer', { queryable: queryableLayers(project).length > 0 ? 1 : 0 }, [
    optionalText('Name', rootLayerName(project)),
    textElement('Title', project.title || project.id),
    optionalText('Abstract', project.abstract),
    keywordList(project.keywords),
    ...codes.map((code) => textElement('CRS', code)),
    geographicBoundingBox(project.extent),
    ...codes.map((code) => boundingBox(code, project.extents[code], crs)),
    attribution(project.attribution),
    // Bottom first, so that LAYERS with all of them in this order draws what the project draws.
    ...project.layers.map((layer) => layerElement(layer, codes, crs, url)),
  ]);
}

/** Extents of layers are known in longitude and latitude only; in other CRSs the project's own is inherited. */
function layerElement(
  layer: LayerDescription,
  codes: readonly string[],
  crs: CrsCatalogue,
  url: string,
): XmlElement {
  const { minScaleDenominator, maxScaleDenominator } = layer;
  const geographic = codes.filter((code) => code === 'CRS:84' || code === 'EPSG:4326');
  return element('Layer', { queryable: layer.queryable ? 1 : 0 }, [
    textElement('Name', layer.name),
    textElement('Title', layer.title || layer.name),
    optionalText('Abstract', layer.abstract),
    geographicBoundingBox(layer.extent),
    ...geographic.map((code) => boundingBox(code, layer.extent, crs)),
    ...layer.styles.map((style) => styleElement(layer, style, url)),
    minScaleDenominator !== undefined && textElement('MinScaleDenominator', minScaleDenominator),
    maxScaleDenominator !== undefined && textElement('MaxScaleDenominator', maxScaleDenominator),
  ]);
}

function geographicBoundingBox([west, south, east, north]: BBox): XmlElement {
  return element('EX_GeographicBoundingBox', {}, [
    textElement('westBoundLongitude', Math.max(west, -180)),
    textElement('eastBoundLongitude', Math.min(east, 180)),
    textElement('southBoundLatitude', Math.max(south, -90)),
    textElement('northBoundLatitude', Math.min(north, 90)),
  ]);
}

/** In the axis order of the CRS (section 6.7.2). */
function boundingBox(code: string, bbox: BBox | undefined, crs: CrsCatalogue): XmlElement | undefined {
  if (!bbox) return undefined;
  const [minX, minY, maxX, maxY] = bbox;
  return crs.lookup(code)?.axisOrder === 'yx'
    ? element('BoundingBox', { CRS: code, minx: minY, miny: minX, maxx: maxY, maxy: maxX })
    : element('BoundingBox', { CRS: code, minx: minX, miny: minY, maxx: maxX, maxy: maxY });
}
