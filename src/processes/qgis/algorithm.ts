import { z } from 'zod';

/*
 * What `qgis_process --json help` says of an algorithm, as far as it matters; read from QGIS 3.22 on. Newer versions say
 * more, which is left out; parameters of plugins can lack what others have.
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const parameter = z.object({
  name: z.string().min(1),
  description: text,
  help: text,
  /** `source`; types that are of a plugin come as a bare word. */
  type: z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]),
  optional: z.boolean().default(false),
  is_destination: z.boolean().default(false),
  default_value: z.unknown(),
  /** Labels of an enumeration by their number. */
  available_options: z.record(z.string(), z.string()).optional(),
  /** What only some types have: `min`, `data_type`, `allow_multiple`, `file_filter`. */
  raw_definition: z.record(z.string(), z.unknown()).default({}),
});

export const algorithmSchema = z.object({
  algorithm_details: z.object({
    /** `native:buffer` */
    id: z.string().regex(/^[\w:.-]{1,200}$/),
    name: text,
    short_description: text,
    group: text,
    tags: z.array(z.string()).default([]),
    deprecated: z.boolean().default(false),
    has_known_issues: z.boolean().default(false),
  }),
  parameters: z.record(z.string(), parameter),
  outputs: z.record(z.string(), z.object({ description: text, type: z.string() })),
});

/** `qgis_process --json list`. */
export const listSchema = z.object({
  qgis_version: z.string(),
  providers: z.record(z.string(), z.object({ algorithms: z.record(z.string(), z.unknown()) })),
});

export type Algorithm = z.output<typeof algorithmSchema>;
export type Parameter = Algorithm['parameters'][string];
