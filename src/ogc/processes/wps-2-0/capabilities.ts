import { owsKeywords, owsServiceIdentification, owsServiceProvider } from '../../ows.ts';
import type { WrittenDocument } from '../../service.ts';
import { element, optionalText, textElement, type XmlElement } from '../../xml.ts';
import type { ProcessDescription } from '../process-description.ts';
import type { WpsCapabilitiesInput } from '../wps-1-0-0/capabilities.ts';
import { metadataElements, operationElement, wpsDocument } from '../wps-xml.ts';

/** Capabilities of WPS 2.0 (OGC 14-065 section 9.6). */
export function writeWps2Capabilities({ processes, url, service }: WpsCapabilitiesInput): WrittenDocument {
  return wpsDocument('2.0.0', 'wps:Capabilities', { service: 'WPS', version: '2.0.0' }, [
    owsServiceIdentification({
      title: service.title || 'gismesh processes',
      abstract: service.abstract,
      serviceType: 'WPS',
      versions: ['2.0.0', '1.0.0'],
      service,
    }),
    owsServiceProvider(service),
    element('ows:OperationsMetadata', {}, [
      operationElement('GetCapabilities', url, ['Get', 'Post']),
      operationElement('DescribeProcess', url, ['Get', 'Post']),
      operationElement('Execute', url, ['Post']),
      operationElement('GetStatus', url, ['Get', 'Post']),
      operationElement('GetResult', url, ['Get', 'Post']),
      operationElement('Dismiss', url, ['Get', 'Post']),
    ]),
    element(
      'wps:Contents',
      {},
      processes.map((process) =>
        element('wps:ProcessSummary', processAttributes(process), descriptionElements(process)),
      ),
    ),
  ]);
}

/** What a process offers beside its description. */
export function processAttributes(process: ProcessDescription): Record<string, string | undefined> {
  return {
    jobControlOptions: process.jobControl.join(' '),
    outputTransmission: process.storeSupported ? 'value reference' : 'value',
    processVersion: /^\d+\.\d?\d\.\d?\d$/.test(process.version) ? process.version : undefined,
  };
}

/** DescriptionType, whose order is another than that of 1.0.0. */
export function descriptionElements(
  described: Pick<ProcessDescription, 'id' | 'title' | 'abstract' | 'keywords' | 'metadata'>,
): (XmlElement | undefined)[] {
  return [
    textElement('ows:Title', described.title || described.id),
    optionalText('ows:Abstract', described.abstract),
    owsKeywords(described.keywords),
    textElement('ows:Identifier', described.id),
    ...metadataElements(described.metadata),
  ];
}
