import { owsException } from '../ows.ts';
import type { WrittenDocument } from '../service.ts';
import { cdata, element, textElement, writeXml, type XmlElement, type XmlMarkup } from '../xml.ts';
import type { BoundingBoxValue, ComplexValue, LiteralValue } from './execute-request.ts';
import { type Problem, problemOf, problemWords } from './problem.ts';
import {
  type AllowedRange,
  type Format,
  isXmlType,
  type LiteralData,
  type ProcessMetadata,
} from './process-description.ts';
import type { WpsVersion } from './wps-request.ts';
import { isOneElement, payloadContent } from './xml-payload.ts';

/** What both versions of WPS write alike. */

export const NAMESPACES: Readonly<Record<WpsVersion, Readonly<Record<string, string>>>> = {
  '1.0.0': {
    'xmlns:wps': 'http://www.opengis.net/wps/1.0.0',
    'xmlns:ows': 'http://www.opengis.net/ows/1.1',
    'xmlns:xlink': 'http://www.w3.org/1999/xlink',
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    'xsi:schemaLocation': 'http://www.opengis.net/wps/1.0.0 http://schemas.opengis.net/wps/1.0.0/wpsAll.xsd',
  },
  '2.0.0': {
    'xmlns:wps': 'http://www.opengis.net/wps/2.0',
    'xmlns:ows': 'http://www.opengis.net/ows/2.0',
    'xmlns:xlink': 'http://www.w3.org/1999/xlink',
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    'xsi:schemaLocation': 'http://www.opengis.net/wps/2.0 http://schemas.opengis.net/wps/2.0/wps.xsd',
  },
};

/**
 * A document of WPS. The content type is bare: OWSLib and MapStore2 compare it as text.
 */
export function wpsDocument(
  version: WpsVersion,
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content: readonly (XmlElement | undefined | false)[],
): WrittenDocument {
  const root = element(name, { ...attributes, ...NAMESPACES[version] }, content);
  return { status: 200, contentType: 'text/xml', body: writeXml(root) };
}

export function problemException(problem: Problem, version: WpsVersion): XmlElement {
  const words = problemWords[problem.kind];
  const code = version === '1.0.0' ? words.wps1 : words.wps2;
  return owsException({ code, locator: problem.locator, message: problem.message || words.title });
}

/**
 * The ExceptionReport for anything that was thrown while a WPS request was served. `isPoll`: the answer to a status
 * poll, which OWSLib repeats without end unless it has this content type and status 200.
 */
export function writeWpsException(
  error: unknown,
  version: WpsVersion,
  { isPoll = false }: { readonly isPoll?: boolean } = {},
): WrittenDocument {
  const problem = problemOf(error);
  const ows = version === '1.0.0' ? '1.1' : '2.0';
  const schema = `http://www.opengis.net/ows/${ows} http://schemas.opengis.net/ows/${ows === '1.1' ? '1.1.0' : '2.0'}/owsExceptionReport.xsd`;
  const report = element(
    'ows:ExceptionReport',
    {
      version: version === '1.0.0' ? '1.0.0' : '2.0.0',
      'xml:lang': 'en',
      'xmlns:ows': `http://www.opengis.net/ows/${ows}`,
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      'xsi:schemaLocation': schema,
    },
    [problemException(problem, version)],
  );
  return {
    status: isPoll ? 200 : problemWords[problem.kind].wpsStatus,
    contentType: isPoll ? 'text/xml; charset=utf-8' : 'text/xml',
    body: writeXml(report),
  };
}

/** The pattern of `ows:MimeType`; what does not follow it would make an answer invalid. */
const MIME_TYPE = /^(?:application|audio|image|text|video|message|multipart|model)\/[^\r\n]+$/;

export function formatAttributes({
  mediaType,
  encoding,
  schema,
}: Format): Record<string, string | undefined> {
  return {
    mimeType: MIME_TYPE.test(mediaType) ? mediaType : undefined,
    encoding: encoding || undefined,
    schema: schema || undefined,
  };
}

/** XML as elements, other text as CDATA, base64 as it is. */
export function complexContent({ data, format }: ComplexValue): string | XmlMarkup {
  if (format.encoding === 'base64') return data;
  if (!isXmlType(format.mediaType)) return cdata(data);
  const content = payloadContent({ markup: data, namespaces: new Map() });
  return content.kind === 'xml' && isOneElement(content.text) ? { markup: content.text } : cdata(data);
}

/** `LiteralValue` of WPS 2.0. */
export function literalElement({ value, dataType, uom }: LiteralValue): XmlElement {
  return element('wps:LiteralValue', { dataType: dataType || undefined, uom: uom || undefined }, value);
}

export function boundingBoxElement(name: string, { crs, lower, upper }: BoundingBoxValue): XmlElement {
  return element(name, { crs: crs || undefined, dimensions: lower.length }, [
    textElement('ows:LowerCorner', lower.join(' ')),
    textElement('ows:UpperCorner', upper.join(' ')),
  ]);
}

export function metadataElements(metadata: readonly ProcessMetadata[]): XmlElement[] {
  return metadata.map(({ title, role, href }) =>
    element('ows:Metadata', {
      'xlink:title': title || undefined,
      'xlink:role': role || undefined,
      'xlink:href': href || undefined,
    }),
  );
}

/** `ows:AllowedValues`, or `ows:AnyValue`. */
export function valuesElement({ allowedValues, allowedRanges }: LiteralData): XmlElement {
  if (allowedValues.length === 0 && allowedRanges.length === 0) return element('ows:AnyValue');
  return element('ows:AllowedValues', {}, [
    ...allowedValues.map((value) => textElement('ows:Value', value)),
    ...allowedRanges.map(rangeElement),
  ]);
}

function rangeElement({ minimum, maximum, closure }: AllowedRange): XmlElement {
  return element('ows:Range', { 'ows:rangeClosure': closure }, [
    minimum !== undefined && textElement('ows:MinimumValue', minimum),
    maximum !== undefined && textElement('ows:MaximumValue', maximum),
  ]);
}

export function dataTypeElement({ dataType }: LiteralData): XmlElement {
  return element(
    'ows:DataType',
    { 'ows:reference': `http://www.w3.org/TR/xmlschema-2/#${dataType}` },
    dataType,
  );
}

/** An operation by GET, POST or both. */
export function operationElement(
  name: string,
  url: string,
  methods: readonly ('Get' | 'Post')[],
): XmlElement {
  const addresses = methods.map((method) =>
    element(`ows:${method}`, { 'xlink:href': method === 'Get' ? `${url}?` : url }),
  );
  return element('ows:Operation', { name }, [element('ows:DCP', {}, [element('ows:HTTP', {}, addresses)])]);
}

/** Megabytes that hold so many bytes, as both standards tell limits; undefined where there is none. */
export function megabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : Math.max(1, Math.ceil(bytes / 1_048_576));
}
