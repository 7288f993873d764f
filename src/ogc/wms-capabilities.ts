import { writeCapabilities111 } from './capabilities-1-1-1.ts';
import { writeCapabilities130 } from './capabilities-1-3-0.ts';
import type { CrsCatalogue } from './crs.ts';
import type { ProjectDescription } from './project-description.ts';
import type { OgcLimits, ServiceMetadata, WrittenDocument } from './service.ts';
import type { WmsVersion } from './wms-version.ts';

export interface WmsCapabilitiesInput {
  readonly version: WmsVersion;
  readonly project: ProjectDescription;
  /** The service as this client reaches it, without a query: `http://host:8080/wms/world`. */
  readonly url: string;
  readonly crs: CrsCatalogue;
  readonly limits: OgcLimits;
  readonly service: ServiceMetadata;
}

/** The answer to GetCapabilities. Its updateSequence is the project's content hash. */
export function writeWmsCapabilities(input: WmsCapabilitiesInput): WrittenDocument {
  return input.version === '1.3.0'
    ? { status: 200, contentType: 'text/xml', body: writeCapabilities130(input) }
    : { status: 200, contentType: 'application/vnd.ogc.wms_xml', body: writeCapabilities111(input) };
}
