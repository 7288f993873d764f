import { writeXml } from '../xml.ts';
import type { OutputValue } from './job-view.ts';
import { type RawOutput, rawOutput } from './raw-output.ts';
import type { WpsVersion } from './wps-request.ts';
import { boundingBoxElement, literalElement, NAMESPACES } from './wps-xml.ts';

/**
 * One output raw, as WPS has it: boxes are XML, and so are literals of 2.0 unless `mediaType`, the one asked for, is
 * text/plain. Its test suite reads them so.
 */
export function wpsRawOutput(value: OutputValue, version: WpsVersion, mediaType: string): RawOutput {
  if (value.kind === 'bbox') {
    const box = boundingBoxElement('ows:BoundingBox', value);
    return xml(writeXml({ ...box, attributes: { ...box.attributes, ...namespace('ows', version) } }));
  }
  if (value.kind === 'literal' && version === '2.0.0' && !/^text\/plain\b/i.test(mediaType)) {
    const literal = literalElement(value);
    return xml(writeXml({ ...literal, attributes: { ...literal.attributes, ...namespace('wps', version) } }));
  }
  return rawOutput(value);
}

function namespace(prefix: 'ows' | 'wps', version: WpsVersion): Record<string, string> {
  const name = `xmlns:${prefix}`;
  return { [name]: NAMESPACES[version][name] as string };
}

function xml(body: string): RawOutput {
  return { contentType: 'text/xml', body, base64: false, location: '' };
}
