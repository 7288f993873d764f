import { OgcException } from './exceptions.ts';
import type { Parameters } from './parameters.ts';

/**
 * UPDATESEQUENCE of GetCapabilities (WMS 1.3.0 table 4). The sequence value is the project's content hash.
 * Hashes have no order, so another hash is taken for an older version, which gets the whole document; any
 * other value is compared as text. Throws CurrentUpdateSequence, InvalidUpdateSequence.
 */
export function checkUpdateSequence(parameters: Parameters, current: string): void {
  const asked = parameters.get('UPDATESEQUENCE');
  if (asked === undefined) return;
  if (asked === current) {
    throw new OgcException('CurrentUpdateSequence', 'The capabilities have not changed since', {
      locator: 'UPDATESEQUENCE',
    });
  }
  const isHash = /^[0-9a-f]{64}$/.test(asked);
  if (!isHash && asked > current) {
    throw new OgcException('InvalidUpdateSequence', 'No capabilities of that update sequence exist yet', {
      locator: 'UPDATESEQUENCE',
    });
  }
}
