import { OgcException } from './exceptions.ts';
import type { Parameters } from './parameters.ts';

export type WmsVersion = '1.1.1' | '1.3.0';

/** Versions whose requests are read as 1.1.1: they differ in nothing that matters here. */
const LIKE_1_1_1: ReadonlySet<string> = new Set(['1.0.0', '1.0.7', '1.1.0', '1.1.1']);

/**
 * Negotiation of GetCapabilities (WMS 1.3.0 section 6.2.4): without a version the highest; for an unknown one
 * the next lower, or the lowest there is. WMTVER is the parameter's name in WMS 1.0.0; VERSION goes before.
 */
export function capabilitiesVersion(parameters: Parameters): WmsVersion {
  const text = parameters.get('VERSION', 'WMTVER');
  if (text === undefined) return '1.3.0';
  const [major, minor] = parseVersion(text);
  return major > 1 || (major === 1 && minor >= 3) ? '1.3.0' : '1.1.1';
}

/**
 * The version of any other request, where it is mandatory: it decides about the order of axes, so that a
 * guess could draw another place. Throws MissingParameterValue, InvalidParameterValue.
 */
export function operationVersion(parameters: Parameters): WmsVersion {
  const version = parseVersion(parameters.required('VERSION', 'WMTVER')).join('.');
  if (version === '1.3.0') return version;
  if (LIKE_1_1_1.has(version)) return '1.1.1';
  throw new OgcException('InvalidParameterValue', 'VERSION must be 1.1.1 or 1.3.0', { locator: 'VERSION' });
}

/** The version to tell exceptions in, whatever the request says. */
export function likelyVersion(parameters: Parameters): WmsVersion {
  try {
    return capabilitiesVersion(parameters);
  } catch {
    return '1.3.0';
  }
}

function parseVersion(text: string): [major: number, minor: number, patch: number] {
  const match = /^(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?$/.exec(text);
  if (!match) {
    throw new OgcException('InvalidParameterValue', 'VERSION is not of the form x.y.z', {
      locator: 'VERSION',
    });
  }
  return [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
}
