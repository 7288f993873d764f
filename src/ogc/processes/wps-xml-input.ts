import { childOf, type ReadElement, textAt } from '../xml-read.ts';
import { boundingBox } from './bounding-box.ts';
import type { BoundingBoxValue, InputValue } from './execute-request.ts';
import { readFormat } from './format.ts';
import { ProcessError, quote } from './problem.ts';
import type { Format } from './process-description.ts';
import { readReference } from './reference.ts';
import { type Payload, payloadContent } from './xml-payload.ts';

/** The format that attributes of `Data`, `ComplexData`, `Reference` and `Output` name. */
export function elementFormat({ attributes }: ReadElement, id: string): Format {
  return readFormat(attributes.get('mimeType'), attributes.get('encoding'), attributes.get('schema'), id);
}

/** The payload that {@link readWithPayloads} took out of the element. */
export function payloadOf({ text }: ReadElement, payloads: readonly Payload[]): Payload {
  return payloads[Number(text)] ?? { markup: '', namespaces: new Map() };
}

/** `BoundingBoxData` of 1.0.0, `BoundingBox` of OWS Common. */
export function elementBoundingBox(box: ReadElement, id: string): BoundingBoxValue {
  const corner = (name: string) => (childOf(box, name)?.text ?? '').split(/[\s,]+/).slice(0, 9);
  const corners = { lower: corner('LowerCorner'), upper: corner('UpperCorner') };
  return boundingBox(id, corners, box.attributes.get('crs') ?? '');
}

/** `Reference` of both versions; `href` stands with and without its prefix. */
export function elementReference(
  reference: ReadElement,
  id: string,
  payloads: readonly Payload[],
): InputValue {
  const href = reference.attributes.get('href');
  if (!href)
    throw new ProcessError('data-not-accessible', `Input ${quote(id)}: its reference has no href`, id);
  const body = childOf(reference, 'Body');
  const bodyHref = childOf(reference, 'BodyReference')?.attributes.get('href');
  const method = reference.attributes.get('method') ?? (body || bodyHref !== undefined ? 'POST' : 'GET');
  const headers = reference.children
    .filter(({ name }) => name === 'Header')
    .map(({ attributes }) => [attributes.get('key') ?? '', attributes.get('value') ?? ''] as const);
  return readReference(id, {
    href,
    method,
    headers,
    ...(body ? { body: payloadContent(payloadOf(body, payloads)).text } : {}),
    ...(bodyHref === undefined ? {} : { bodyHref }),
    format: elementFormat(reference, id),
  });
}

/** The process that an Execute names. Throws `ProcessError`. */
export function identifierOf(execute: ReadElement): string {
  const id = textAt(execute, 'Identifier');
  if (id) return id;
  throw new ProcessError('missing-parameter', 'Identifier is missing or empty', 'identifier');
}

/** The texts of the children of that name. */
export function textsOf(parent: ReadElement, name: string): string[] {
  return parent.children.filter((child) => child.name === name).map(({ text }) => text);
}

/** Refuses more children of a name than may be. */
export function boundedChildren(parent: ReadElement, name: string, most: number): readonly ReadElement[] {
  const children = parent.children.filter((child) => child.name === name);
  if (children.length <= most) return children;
  throw new ProcessError('too-large', `The request has more than ${most} elements ${name}`, name);
}
