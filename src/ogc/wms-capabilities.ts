import { writeCapabilities111 } from './capabilities-1-1-1.ts';
import { writeCapabilities130 } from './capabilities-1-3-0.ts';
import type { WmsCapabilitiesInput } from './capabilities-parts.ts';
import type { WrittenDocument } from './service.ts';

/** The answer to GetCapabilities. Its updateSequence is the project's content hash. */
export function writeWmsCapabilities(input: WmsCapabilitiesInput): WrittenDocument {
  return input.version === '1.3.0'
    ? { status: 200, contentType: 'text/xml', body: writeCapabilities130(input) }
    : { status: 200, contentType: 'application/vnd.ogc.wms_xml', body: writeCapabilities111(input) };
}
