import { z } from 'zod';

/*
 * What a host (host.py) and the peer say to each other: a line of JSON each. The application is somebody else's, so
 * that nothing it says is taken without a look.
 */

const text = z.string();

const words = {
  id: text,
  title: text,
  abstract: text,
  keywords: z.array(text),
  metadata: z.array(z.object({ title: text, role: text, href: text })),
};

const literal = z.object({
  kind: z.literal('literal'),
  /** As PyWPS names it: `float`, `positiveInteger`. */
  type: text,
  values: z.array(text),
  ranges: z.array(
    z.object({
      minimum: text.optional(),
      maximum: text.optional(),
      closure: z.enum(['open', 'closed', 'open-closed', 'closed-open']).catch('closed'),
    }),
  ),
  units: z.array(text),
  default: text.optional(),
});

const bbox = z.object({ kind: z.literal('bbox'), crs: z.array(text) });

const complex = z.object({
  kind: z.literal('complex'),
  formats: z.array(z.object({ mediaType: text, schema: text, binary: z.boolean() })),
  default: text.optional(),
});

const data = z.discriminatedUnion('kind', [literal, bbox, complex]);

const process = z.object({
  ...words,
  version: text,
  inputs: z.array(z.object({ ...words, data, minOccurs: z.number(), maxOccurs: z.number().nullish() })),
  outputs: z.array(z.object({ ...words, data })),
});

const output = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('literal'), id: text, value: text, uom: text }),
  z.object({
    kind: z.literal('bbox'),
    id: text,
    crs: text,
    lower: z.array(z.number()),
    upper: z.array(z.number()),
  }),
  /** `file` is a path within the scratch folder. */
  z.object({ kind: z.literal('complex'), id: text, mediaType: text, file: text }),
]);

export const hostMessage = z.discriminatedUnion('kind', [
  /** The application is loaded, and waits for a task. */
  z.object({ kind: z.literal('ready'), processes: z.array(process) }),
  /** It cannot be loaded. */
  z.object({ kind: z.literal('broken'), message: text }),
  z.object({ kind: z.literal('progress'), percent: z.number(), message: text }),
  z.object({ kind: z.literal('answer'), outputs: z.array(output) }),
  /** `input`: the one at fault. */
  z.object({ kind: z.literal('failure'), message: text, input: text.optional() }),
]);

export type HostMessage = z.output<typeof hostMessage>;
export type HostedProcess = z.output<typeof process>;
export type HostedData = z.output<typeof data>;
export type HostedOutput = z.output<typeof output>;

/** The one task of a host. */
export interface HostTask {
  readonly process: string;
  readonly inputs: readonly HostInput[];
  readonly outputs: readonly { readonly id: string; readonly mediaType: string; readonly uom: string }[];
}

export type HostInput = { readonly id: string } & (
  | { readonly kind: 'literal'; readonly value: string; readonly uom: string }
  | {
      readonly kind: 'bbox';
      readonly crs: string;
      readonly lower: readonly number[];
      readonly upper: readonly number[];
    }
  /** `mediaType` '': the default; `file` is a path within the scratch folder. */
  | { readonly kind: 'complex'; readonly mediaType: string; readonly file: string }
);
