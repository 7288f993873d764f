import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { GismeshError } from '../core/errors.ts';
import type { ProjectDescription } from '../ogc/project-description.ts';
import { readDescription } from './description-check.ts';

/** As JSON: twice what ten thousand layers take. More is no description but an attack on the memory. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;

/** Each new peer of a mesh asks for the same ones; they go with their descriptions. */
const packed = new WeakMap<ProjectDescription, Uint8Array>();

/** A description as it is sent: JSON in raw DEFLATE (RFC 1951), about a tenth of its size. */
export function packDescription(description: ProjectDescription): Uint8Array {
  const known = packed.get(description) ?? deflateRawSync(JSON.stringify(description));
  packed.set(description, known);
  return known;
}

/** The reverse, for what another peer sent of the project `expected`. Throws `MESSAGE_MALFORMED`. */
export function unpackDescription(
  content: Uint8Array,
  expected: { readonly id: string; readonly hash: string },
): ProjectDescription {
  return readDescription(inflated(content, expected.id), expected);
}

function inflated(content: Uint8Array, id: string): Uint8Array {
  try {
    return inflateRawSync(content, { maxOutputLength: MAX_JSON_BYTES });
  } catch (cause) {
    throw new GismeshError('MESSAGE_MALFORMED', `The description of project ${id} cannot be unpacked`, {
      cause,
    });
  }
}
