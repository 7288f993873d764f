import { owsServiceIdentification, owsServiceProvider } from '../../ows.ts';
import type { ServiceMetadata, WrittenDocument } from '../../service.ts';
import { element, optionalText, textElement, type XmlElement } from '../../xml.ts';
import type { ProcessDescription } from '../process-description.ts';
import { metadataElements, operationElement, wpsDocument } from '../wps-xml.ts';

export interface WpsCapabilitiesInput {
  /** WPS 1.0.0 and 2.0 have no valid document without a process. */
  readonly processes: readonly ProcessDescription[];
  /** The service as this client reaches it, without a query: `http://host:8080/wps`. */
  readonly url: string;
  readonly service: ServiceMetadata;
}

/** Capabilities of WPS 1.0.0 (OGC 05-007r7 section 8.3). */
export function writeWps1Capabilities({ processes, url, service }: WpsCapabilitiesInput): WrittenDocument {
  const attributes = { service: 'WPS', version: '1.0.0', 'xml:lang': 'en' };
  return wpsDocument('1.0.0', 'wps:Capabilities', attributes, [
    owsServiceIdentification({
      title: service.title || 'gismesh processes',
      abstract: service.abstract,
      serviceType: 'WPS',
      versions: ['1.0.0', '2.0.0'],
      service,
    }),
    owsServiceProvider(service),
    element('ows:OperationsMetadata', {}, [
      operationElement('GetCapabilities', url, ['Get', 'Post']),
      operationElement('DescribeProcess', url, ['Get', 'Post']),
      operationElement('Execute', url, ['Get', 'Post']),
      operationElement('GetExecutionStatus', url, ['Get']),
      operationElement('GetExecutionResult', url, ['Get']),
      operationElement('GetExecutions', url, ['Get']),
      operationElement('Dismiss', url, ['Get']),
    ]),
    element('wps:ProcessOfferings', {}, processes.map(briefProcess)),
    element('wps:Languages', {}, [
      element('wps:Default', {}, [textElement('ows:Language', 'en')]),
      element('wps:Supported', {}, [textElement('ows:Language', 'en')]),
    ]),
  ]);
}

/** ProcessBriefType, as capabilities and answers have it. */
export function briefProcess(process: ProcessDescription): XmlElement {
  return element(
    'wps:Process',
    { 'wps:processVersion': process.version || '1.0.0' },
    descriptionElements(process),
  );
}

/** DescriptionType: what processes, inputs and outputs have in common. */
export function descriptionElements(
  described: Pick<ProcessDescription, 'id' | 'title' | 'abstract' | 'metadata'>,
): (XmlElement | undefined)[] {
  return [
    textElement('ows:Identifier', described.id),
    textElement('ows:Title', described.title || described.id),
    optionalText('ows:Abstract', described.abstract),
    ...metadataElements(described.metadata),
  ];
}
