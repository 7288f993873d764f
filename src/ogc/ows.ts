import type { ServiceMetadata } from './service.ts';
import { element, optionalText, textElement, type XmlElement } from './xml.ts';

/** Elements that OWS Common 1.1 and 2.0 write alike, with the prefix `ows` for either namespace. */

export interface OwsIdentification {
  readonly title: string;
  readonly abstract: string;
  readonly serviceType: string;
  readonly versions: readonly string[];
  readonly service: ServiceMetadata;
}

export function owsServiceIdentification(input: OwsIdentification): XmlElement {
  const { title, abstract, serviceType, versions, service } = input;
  return element('ows:ServiceIdentification', {}, [
    textElement('ows:Title', title),
    optionalText('ows:Abstract', abstract),
    owsKeywords(service.keywords),
    textElement('ows:ServiceType', serviceType),
    ...versions.map((version) => textElement('ows:ServiceTypeVersion', version)),
    textElement('ows:Fees', service.fees || 'none'),
    textElement('ows:AccessConstraints', service.accessConstraints || 'none'),
  ]);
}

export function owsKeywords(words: readonly string[]): XmlElement | undefined {
  if (words.length === 0) return undefined;
  return element(
    'ows:Keywords',
    {},
    words.map((word) => textElement('ows:Keyword', word)),
  );
}

export function owsServiceProvider(service: ServiceMetadata): XmlElement {
  const address =
    service.contactEmail !== '' &&
    element('ows:ContactInfo', {}, [
      element('ows:Address', {}, [textElement('ows:ElectronicMailAddress', service.contactEmail)]),
    ]);
  return element('ows:ServiceProvider', {}, [
    textElement('ows:ProviderName', service.contactOrganization || 'gismesh'),
    element('ows:ServiceContact', {}, [optionalText('ows:IndividualName', service.contactPerson), address]),
  ]);
}

export interface OwsExceptionText {
  readonly code: string;
  /** '' or undefined for none. */
  readonly locator: string | undefined;
  readonly message: string;
}

/** The one exception of a report. */
export function owsException({ code, locator, message }: OwsExceptionText): XmlElement {
  return element('ows:Exception', { exceptionCode: code, locator: locator || undefined }, [
    textElement('ows:ExceptionText', message),
  ]);
}
