import { OgcException } from './exceptions.ts';
import { splitList } from './layers.ts';
import type { Parameters } from './parameters.ts';

/** The parts of a WMTS capabilities document that can be asked for by themselves. */
export const wmtsSections = [
  'ServiceIdentification',
  'ServiceProvider',
  'OperationsMetadata',
  'Contents',
  'Themes',
] as const;

export type WmtsSection = (typeof wmtsSections)[number];

/**
 * What a GetCapabilities of OWS Common 1.1 (section 7.2) asks for. Without SECTIONS, or with `All`, it is
 * everything; a client that has the current update sequence already gets no section at all. Throws
 * VersionNegotiationFailed, InvalidParameterValue, InvalidUpdateSequence.
 */
export function readSections(parameters: Parameters, updateSequence: string): readonly WmtsSection[] {
  negotiateVersion(parameters.get('ACCEPTVERSIONS'));
  const asked = parameters.get('UPDATESEQUENCE');
  if (asked === updateSequence) return [];
  if (asked !== undefined && !/^[0-9a-f]{64}$/.test(asked) && asked > updateSequence) {
    throw new OgcException('InvalidUpdateSequence', 'No capabilities of that update sequence exist yet', {
      locator: 'updateSequence',
    });
  }
  const names = splitList(parameters.get('SECTIONS') ?? 'All').filter((name) => name !== '');
  const unknown = names.find((name) => name !== 'All' && !isSection(name));
  if (unknown !== undefined) {
    throw new OgcException('InvalidParameterValue', `There is no section "${unknown.slice(0, 60)}"`, {
      locator: 'sections',
    });
  }
  return names.includes('All') ? wmtsSections : wmtsSections.filter((section) => names.includes(section));
}

function negotiateVersion(accepted: string | undefined): void {
  if (accepted === undefined || splitList(accepted).includes('1.0.0')) return;
  throw new OgcException('VersionNegotiationFailed', 'This service speaks WMTS 1.0.0', {
    locator: 'AcceptVersions',
  });
}

function isSection(name: string): name is WmtsSection {
  return wmtsSections.some((section) => section === name);
}
