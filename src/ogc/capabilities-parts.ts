import type { CrsCatalogue } from './crs.ts';
import type { LayerDescription, ProjectDescription, StyleDescription } from './project-description.ts';
import type { OgcLimits, ServiceMetadata } from './service.ts';
import type { WmsVersion } from './wms-version.ts';
import { element, optionalText, textElement, type XmlElement } from './xml.ts';

export interface WmsCapabilitiesInput {
  readonly version: WmsVersion;
  readonly project: ProjectDescription;
  /** The service as this client reaches it, without a query: `http://host:8080/wms/world`. */
  readonly url: string;
  readonly crs: CrsCatalogue;
  readonly limits: OgcLimits;
  readonly service: ServiceMetadata;
}

/** Pixels of the legends that capabilities point at: their addresses ask for just that. */
const LEGEND_WIDTH = 160;
const LEGEND_HEIGHT = 100;

/** A part of a query or path, percent-encoded; a lone surrogate, which no URL can hold, becomes U+FFFD. */
export function urlPart(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

export function onlineResource(href: string): XmlElement {
  return element('OnlineResource', {
    'xmlns:xlink': 'http://www.w3.org/1999/xlink',
    'xlink:type': 'simple',
    'xlink:href': href,
  });
}

/** An operation of a WMS: its formats and addresses. That of GET is a prefix, to which a query is appended. */
export function operation(name: string, formats: readonly string[], url: string): XmlElement {
  const get = element('Get', {}, [onlineResource(`${url}?`)]);
  const post = element('Post', {}, [onlineResource(url)]);
  return element(name, {}, [
    ...formats.map((format) => textElement('Format', format)),
    element('DCPType', {}, [element('HTTP', {}, [get, post])]),
  ]);
}

export function keywordList(keywords: readonly string[]): XmlElement | undefined {
  if (keywords.length === 0) return undefined;
  return element(
    'KeywordList',
    {},
    keywords.map((keyword) => textElement('Keyword', keyword)),
  );
}

export function contactInformation(service: ServiceMetadata): XmlElement | undefined {
  const { contactPerson, contactOrganization, contactEmail } = service;
  if (!contactPerson && !contactOrganization && !contactEmail) return undefined;
  const primary = element('ContactPersonPrimary', {}, [
    textElement('ContactPerson', contactPerson),
    textElement('ContactOrganization', contactOrganization),
  ]);
  return element('ContactInformation', {}, [
    (contactPerson || contactOrganization) !== '' && primary,
    optionalText('ContactElectronicMailAddress', contactEmail),
  ]);
}

export function attribution(title: string): XmlElement | undefined {
  return title ? element('Attribution', {}, [textElement('Title', title)]) : undefined;
}

/** A style with the address of its legend. */
export function styleElement(layer: LayerDescription, style: StyleDescription, url: string): XmlElement {
  return element('Style', {}, [
    textElement('Name', style.name),
    textElement('Title', style.title || style.name),
    element('LegendURL', { width: LEGEND_WIDTH, height: LEGEND_HEIGHT }, [
      textElement('Format', 'image/png'),
      onlineResource(legendUrl(layer, style, url)),
    ]),
  ]);
}

function legendUrl(layer: LayerDescription, style: StyleDescription, url: string): string {
  const query =
    'SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&FORMAT=image/png' +
    `&LAYER=${urlPart(layer.name)}&STYLE=${urlPart(style.name)}&WIDTH=${LEGEND_WIDTH}&HEIGHT=${LEGEND_HEIGHT}`;
  return `${url}?${query}`;
}
