import type { WrittenDocument } from '../../service.ts';
import { element, optionalText, textElement, type XmlElement } from '../../xml.ts';
import {
  type DataDescription,
  type Format,
  formatOf,
  type InputDescription,
  type LiteralData,
  type OutputDescription,
  type ProcessDescription,
} from '../process-description.ts';
import { dataTypeElement, formatAttributes, megabytes, valuesElement, wpsDocument } from '../wps-xml.ts';
import { descriptionElements, processAttributes } from './capabilities.ts';

/** ProcessOfferings of WPS 2.0 (OGC 14-065 section 9.7). */
export function writeWps2ProcessOfferings(processes: readonly ProcessDescription[]): WrittenDocument {
  return wpsDocument('2.0.0', 'wps:ProcessOfferings', {}, processes.map(offeringElement));
}

function offeringElement(process: ProcessDescription): XmlElement {
  return element('wps:ProcessOffering', processAttributes(process), [
    element('wps:Process', {}, [
      ...descriptionElements(process),
      ...process.inputs.map(inputElement),
      ...process.outputs.map(outputElement),
    ]),
  ]);
}

function inputElement(input: InputDescription): XmlElement {
  const { minOccurs, maxOccurs } = input;
  return element('wps:Input', { minOccurs, maxOccurs }, [
    ...descriptionElements(input),
    dataElement(input.data, [PLAIN, XML]),
  ]);
}

function outputElement(output: OutputDescription): XmlElement {
  return element('wps:Output', {}, [...descriptionElements(output), dataElement(output.data, [XML, PLAIN])]);
}

const PLAIN = formatOf('text/plain');
const XML = formatOf('text/xml');

/** `ofLiterals`: their formats, the default first; given back raw they are XML, as the test suite reads them. */
function dataElement(data: DataDescription, ofLiterals: readonly Format[]): XmlElement {
  switch (data.kind) {
    case 'literal':
      return element('wps:LiteralData', {}, [...formatElements(ofLiterals), ...domainElements(data)]);
    case 'bbox':
      return element('wps:BoundingBoxData', {}, [
        ...formatElements([XML]),
        ...data.crs.map((crs, index) =>
          element('wps:SupportedCRS', { default: index === 0 ? 'true' : undefined }, crs),
        ),
      ]);
    case 'complex':
      return element('wps:ComplexData', {}, formatElements(data.formats, data.maximumBytes));
  }
}

function formatElements(formats: readonly Format[], maximumBytes?: number): XmlElement[] {
  return formats.map((format, index) =>
    element('wps:Format', {
      ...formatAttributes(format),
      maximumMegabytes: megabytes(maximumBytes),
      default: index === 0 ? 'true' : undefined,
    }),
  );
}

/** One domain for each unit. Its name has no namespace in the schema. */
function domainElements(data: LiteralData): XmlElement[] {
  const units = data.units.length > 0 ? data.units : [''];
  return units.map((unit, index) =>
    element('LiteralDataDomain', { default: index === 0 ? 'true' : undefined }, [
      valuesElement(data),
      dataTypeElement(data),
      optionalText('ows:UOM', unit),
      data.defaultValue !== undefined && textElement('ows:DefaultValue', data.defaultValue),
    ]),
  );
}
