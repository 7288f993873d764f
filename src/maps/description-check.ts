import { z } from 'zod';
import { GismeshError } from '../core/errors.ts';
import type { ProjectDescription } from '../ogc/project-description.ts';

const MAX_LAYERS = 10_000;

const text = z.string();
const bbox = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const layer = z.object({
  name: text.min(1),
  title: text,
  abstract: text,
  queryable: z.boolean(),
  extent: bbox,
  minScaleDenominator: z.number().optional(),
  maxScaleDenominator: z.number().optional(),
  styles: z.array(z.object({ name: text, title: text })).min(1),
});
const schema = z.object({
  id: text.regex(/^[a-z0-9][a-z0-9_-]{0,63}$/),
  hash: text,
  engine: text,
  title: text,
  abstract: text,
  keywords: z.array(text),
  attribution: text,
  extent: bbox,
  extents: z.record(text, bbox),
  background: text.regex(/^#[0-9a-f]{6}$/i),
  crs: z.array(text),
  layers: z.array(layer).min(1).max(MAX_LAYERS),
});

/** What another peer says of a project that this one does not hold, as JSON. Throws `MESSAGE_MALFORMED`. */
export function readDescription(
  json: Uint8Array,
  expected: { readonly id: string; readonly hash: string },
): ProjectDescription {
  const { id, hash } = expected;
  try {
    const value: unknown = JSON.parse(Buffer.from(json).toString());
    const { id: ownId, hash: ownHash } = schema.parse(value);
    if (ownId !== id || ownHash !== hash) throw new Error(`it is of ${ownId} ${ownHash}`);
    return value as ProjectDescription;
  } catch (cause) {
    throw new GismeshError('MESSAGE_MALFORMED', `The description of project ${id} makes no sense`, { cause });
  }
}
