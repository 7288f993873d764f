import type { WrittenDocument } from '../../service.ts';
import { element, optionalText, textElement, type XmlElement } from '../../xml.ts';
import type {
  ComplexData,
  DataDescription,
  Format,
  InputDescription,
  LiteralData,
  OutputDescription,
  ProcessDescription,
} from '../process-description.ts';
import { dataTypeElement, formatAttributes, megabytes, valuesElement, wpsDocument } from '../wps-xml.ts';
import { descriptionElements } from './capabilities.ts';

/** 1.0.0 has no word for "any number of times"; this is the one of GeoServer, the largest that clients read. */
const UNBOUNDED = 2_147_483_647;

/** ProcessDescriptions of WPS 1.0.0 (OGC 05-007r7 section 9.3). Elements of its own have no namespace. */
export function writeWps1ProcessDescriptions(processes: readonly ProcessDescription[]): WrittenDocument {
  const attributes = { service: 'WPS', version: '1.0.0', 'xml:lang': 'en' };
  return wpsDocument('1.0.0', 'wps:ProcessDescriptions', attributes, processes.map(processElement));
}

function processElement(process: ProcessDescription): XmlElement {
  const attributes = {
    'wps:processVersion': process.version || '1.0.0',
    storeSupported: String(process.storeSupported),
    statusSupported: String(process.statusSupported),
  };
  return element('ProcessDescription', attributes, [
    ...descriptionElements(process),
    process.inputs.length > 0 && element('DataInputs', {}, process.inputs.map(inputElement)),
    element('ProcessOutputs', {}, process.outputs.map(outputElement)),
  ]);
}

function inputElement(input: InputDescription): XmlElement {
  const maxOccurs = input.maxOccurs === 'unbounded' ? UNBOUNDED : input.maxOccurs;
  return element('Input', { minOccurs: input.minOccurs, maxOccurs }, [
    ...descriptionElements(input),
    inputData(input.data),
  ]);
}

function inputData(data: DataDescription): XmlElement {
  switch (data.kind) {
    case 'literal':
      return element('LiteralData', {}, [
        ...literalElements(data),
        valuesElement(data),
        optionalText('DefaultValue', data.defaultValue),
      ]);
    case 'bbox':
      return crsElement('BoundingBoxData', data.crs);
    case 'complex':
      return complexElement('ComplexData', data, { maximumMegabytes: megabytes(data.maximumBytes) });
  }
}

function outputElement(output: OutputDescription): XmlElement {
  return element('Output', {}, [...descriptionElements(output), outputData(output.data)]);
}

function outputData(data: DataDescription): XmlElement {
  switch (data.kind) {
    case 'literal':
      return element('LiteralOutput', {}, literalElements(data));
    case 'bbox':
      return crsElement('BoundingBoxOutput', data.crs);
    case 'complex':
      return complexElement('ComplexOutput', data, {});
  }
}

function literalElements(data: LiteralData): (XmlElement | undefined)[] {
  return [dataTypeElement(data), unitsElement(data.units)];
}

function unitsElement(units: readonly string[]): XmlElement | undefined {
  if (units.length === 0) return undefined;
  return element('UOMs', {}, [
    element('Default', {}, [textElement('ows:UOM', units[0] as string)]),
    element(
      'Supported',
      {},
      units.map((unit) => textElement('ows:UOM', unit)),
    ),
  ]);
}

function crsElement(name: string, crs: readonly string[]): XmlElement {
  return element(name, {}, [
    element('Default', {}, [textElement('CRS', crs[0] as string)]),
    element(
      'Supported',
      {},
      crs.map((each) => textElement('CRS', each)),
    ),
  ]);
}

function complexElement(
  name: string,
  { formats }: ComplexData,
  attributes: Readonly<Record<string, number | undefined>>,
): XmlElement {
  return element(name, attributes, [
    element('Default', {}, [formatElement(formats[0] as Format)]),
    element('Supported', {}, formats.map(formatElement)),
  ]);
}

function formatElement(format: Format): XmlElement {
  const { mimeType = 'application/octet-stream', encoding, schema } = formatAttributes(format);
  return element('Format', {}, [
    textElement('MimeType', mimeType),
    optionalText('Encoding', encoding),
    optionalText('Schema', schema),
  ]);
}
