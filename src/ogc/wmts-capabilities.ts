import { urlPart } from './capabilities-parts.ts';
import { imageFormats } from './image-format.ts';
import { queryableLayers, rootLayerName } from './layers.ts';
import type { BBox } from './map-request.ts';
import { owsServiceIdentification, owsServiceProvider } from './ows.ts';
import type { LayerDescription, ProjectDescription } from './project-description.ts';
import type { OgcLimits, ServiceMetadata, WrittenDocument } from './service.ts';
import {
  inTileMatrixSet,
  matrixSize,
  scaleDenominator,
  type TileMatrixSet,
  tileMatrixSets,
} from './tile-matrix-set.ts';
import { infoExtensions } from './wmts-resource.ts';
import type { WmtsSection } from './wmts-sections.ts';
import { element, optionalText, textElement, writeXml, type XmlElement } from './xml.ts';

export interface WmtsCapabilitiesInput {
  readonly project: ProjectDescription;
  /** The service as this client reaches it, without a query: `http://host:8080/wmts/world`. */
  readonly url: string;
  readonly limits: OgcLimits;
  readonly service: ServiceMetadata;
  /** Those asked for. */
  readonly sections: readonly WmtsSection[];
}

/** WMTS 1.0.0 service metadata (OGC 07-057r7 section 7.1), with addresses for KVP and REST. */
export function writeWmtsCapabilities(input: WmtsCapabilitiesInput): WrittenDocument {
  const { sections } = input;
  const writers: Readonly<Record<WmtsSection, (input: WmtsCapabilitiesInput) => XmlElement>> = {
    ServiceIdentification: serviceIdentification,
    ServiceProvider: serviceProvider,
    OperationsMetadata: operationsMetadata,
    Contents: contents,
    Themes: themes,
  };
  const root = element(
    'Capabilities',
    {
      version: '1.0.0',
      updateSequence: input.project.hash,
      xmlns: 'http://www.opengis.net/wmts/1.0',
      'xmlns:ows': 'http://www.opengis.net/ows/1.1',
      'xmlns:xlink': 'http://www.w3.org/1999/xlink',
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      'xsi:schemaLocation':
        'http://www.opengis.net/wmts/1.0 http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd',
    },
    [
      ...sections.map((section) => writers[section](input)),
      sections.length > 0 && element('ServiceMetadataURL', { 'xlink:href': metadataUrl(input.url) }),
    ],
  );
  return { status: 200, contentType: 'application/xml', body: writeXml(root) };
}

function metadataUrl(url: string): string {
  return `${url}/1.0.0/WMTSCapabilities.xml`;
}

function serviceIdentification({ project, service }: WmtsCapabilitiesInput): XmlElement {
  return owsServiceIdentification({
    title: service.title || project.title,
    abstract: service.abstract || project.abstract,
    serviceType: 'OGC WMTS',
    versions: ['1.0.0'],
    service,
  });
}

function serviceProvider({ service }: WmtsCapabilitiesInput): XmlElement {
  return owsServiceProvider(service);
}

function operationsMetadata({ project, url }: WmtsCapabilitiesInput): XmlElement {
  return element('ows:OperationsMetadata', {}, [
    operationElement('GetCapabilities', url, metadataUrl(url)),
    operationElement('GetTile', url, `${url}/`),
    queryableLayers(project).length > 0 && operationElement('GetFeatureInfo', url, `${url}/`),
  ]);
}

function operationElement(name: string, url: string, restUrl: string): XmlElement {
  const get = (href: string, encoding: string) =>
    element('ows:Get', { 'xlink:href': href }, [
      element('ows:Constraint', { name: 'GetEncoding' }, [
        element('ows:AllowedValues', {}, [textElement('ows:Value', encoding)]),
      ]),
    ]);
  return element('ows:Operation', { name }, [
    element('ows:DCP', {}, [element('ows:HTTP', {}, [get(`${url}?`, 'KVP'), get(restUrl, 'RESTful')])]),
  ]);
}

function contents(input: WmtsCapabilitiesInput): XmlElement {
  const { project, url, limits } = input;
  const root = rootLayerName(project);
  return element('Contents', {}, [
    root !== undefined && layerElement(wholeProject(project, root), url),
    ...project.layers.map((layer) => layerElement(layer, url)),
    ...tileMatrixSets.map((set) => matrixSetElement(set, limits.maxZoom)),
  ]);
}

function wholeProject(project: ProjectDescription, name: string): LayerDescription {
  const { title, abstract, extent } = project;
  const styles = [{ name: 'default', title: 'default' }];
  return { name, title, abstract, extent, styles, queryable: queryableLayers(project).length > 0 };
}

/** Palette PNG is not among them: clients that look for `image/png` in a list have taken it for that. */
const TILE_FORMATS: readonly [extension: string, format: string][] = [
  ['png', imageFormats.png],
  ['jpg', imageFormats.jpeg],
  ['webp', imageFormats.webp],
];

function layerElement(layer: LayerDescription, url: string): XmlElement {
  const infoFormats = layer.queryable ? Object.values(infoExtensions) : [];
  return element('Layer', {}, [
    textElement('ows:Title', layer.title || layer.name),
    optionalText('ows:Abstract', layer.abstract),
    boundingBox('ows:WGS84BoundingBox', layer.extent),
    textElement('ows:Identifier', layer.name),
    // Without these GDAL takes Web Mercator to the poles, which are infinitely far away.
    ...tileMatrixSets.map((set) =>
      boundingBox('ows:BoundingBox', inTileMatrixSet(set, layer.extent), set.crsUrn),
    ),
    ...layer.styles.map(({ name, title }, index) =>
      element('Style', { isDefault: String(index === 0) }, [
        textElement('ows:Title', title || name),
        textElement('ows:Identifier', name),
      ]),
    ),
    ...TILE_FORMATS.map(([, format]) => textElement('Format', format)),
    ...infoFormats.map((format) => textElement('InfoFormat', format)),
    ...tileMatrixSets.map(({ id }) => element('TileMatrixSetLink', {}, [textElement('TileMatrixSet', id)])),
    ...resources(layer, url),
  ]);
}

function resources(layer: LayerDescription, url: string): XmlElement[] {
  const tile = `${url}/${urlPart(layer.name)}/{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}`;
  const tiles = TILE_FORMATS.map(([extension, format]) =>
    resourceUrl('tile', format, `${tile}.${extension}`),
  );
  if (!layer.queryable) return tiles;
  const info = Object.entries(infoExtensions).map(([extension, format]) =>
    resourceUrl('FeatureInfo', format, `${tile}/{J}/{I}.${extension}`),
  );
  return [...tiles, ...info];
}

function resourceUrl(resourceType: 'tile' | 'FeatureInfo', format: string, template: string): XmlElement {
  return element('ResourceURL', { format, resourceType, template });
}

function boundingBox(name: string, [minX, minY, maxX, maxY]: BBox, crs?: string): XmlElement {
  return element(name, { crs }, [
    textElement('ows:LowerCorner', `${minX} ${minY}`),
    textElement('ows:UpperCorner', `${maxX} ${maxY}`),
  ]);
}

function matrixSetElement(set: TileMatrixSet, maxZoom: number): XmlElement {
  return element('TileMatrixSet', {}, [
    textElement('ows:Title', set.title),
    textElement('ows:Identifier', set.id),
    textElement('ows:SupportedCRS', set.crsUrn),
    optionalText('WellKnownScaleSet', set.wellKnownScaleSet),
    ...Array.from({ length: maxZoom + 1 }, (_, level) => matrixElement(set, level)),
  ]);
}

function matrixElement(set: TileMatrixSet, level: number): XmlElement {
  const { columns, rows } = matrixSize(set, level);
  return element('TileMatrix', {}, [
    textElement('ows:Identifier', level),
    textElement('ScaleDenominator', scaleDenominator(set, level)),
    textElement('TopLeftCorner', `${set.world[0]} ${set.world[3]}`),
    textElement('TileWidth', set.tileSize),
    textElement('TileHeight', set.tileSize),
    textElement('MatrixWidth', columns),
    textElement('MatrixHeight', rows),
  ]);
}

/** One theme: the layers as they lie over each other. */
function themes({ project }: WmtsCapabilitiesInput): XmlElement {
  const names = [rootLayerName(project), ...project.layers.map(({ name }) => name)];
  return element('Themes', {}, [
    element('Theme', {}, [
      textElement('ows:Title', project.title || project.id),
      textElement('ows:Identifier', project.id),
      ...names.map((name) => optionalText('LayerRef', name)),
    ]),
  ]);
}
