import type { ServiceMetadata } from '../../service.ts';
import { type ApiDocument, jsonDocument, link } from './document.ts';

const OPEN_API = 'application/vnd.oai.openapi+json;version=3.0';
const RELATIONS = 'http://www.opengis.net/def/rel/ogc/1.0';

export interface LandingInput {
  /** The API as this client reaches it, without a slash at its end: `http://host:8080/ogcapi`. */
  readonly url: string;
  readonly service: ServiceMetadata;
}

/** The landing page (OGC 18-062r2 section 7.2). */
export function writeLandingPage({ url, service }: LandingInput): ApiDocument {
  return jsonDocument({
    title: service.title || 'gismesh processes',
    description: service.abstract || 'Geoprocessing on the computers of this mesh',
    links: [
      link('self', `${url}/`, 'This document'),
      link('alternate', `${url}/?f=html`, 'This document as a page', 'text/html'),
      link('service-desc', `${url}/api`, 'The API as OpenAPI 3.0', OPEN_API),
      link('conformance', `${url}/conformance`, 'What it conforms to'),
      link(`${RELATIONS}/conformance`, `${url}/conformance`, 'What it conforms to'),
      link(`${RELATIONS}/processes`, `${url}/processes`, 'Processes'),
      link(`${RELATIONS}/job-list`, `${url}/jobs`, 'Jobs'),
    ],
  });
}

const CLASSES = [
  'core',
  'ogc-process-description',
  'json',
  'html',
  'oas30',
  'job-list',
  'callback',
  'dismiss',
] as const;

/** The declaration of conformance (section 7.4). */
export function writeConformance(): ApiDocument {
  return jsonDocument({
    conformsTo: CLASSES.map((name) => `http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/${name}`),
  });
}
