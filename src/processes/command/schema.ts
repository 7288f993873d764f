import { z } from 'zod';

/*
 * What a YAML file says of a program that is to be a process; docs/processes.md explains it to those who write one.
 */

const id = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,63}$/, 'must begin with a letter; letters, digits, "-" and "_" follow');
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const words = {
  title: z.string().min(1).describe('A line for people.'),
  abstract: z.string().default('').describe('More about it.'),
};

const occurrence = {
  optional: z.boolean().default(false).describe('Whether it may be left out; with a default it always may.'),
  repeat: z.int().min(1).max(10_000).default(1).describe('Values at most.'),
};

const format = z.strictObject({
  mediaType: z
    .string()
    .regex(/^[\w.+-]+\/[\w.+-]+(?:; ?[\w.=/+-]+)*$/, 'must be a media type')
    .describe('`image/tiff; subtype=geotiff`'),
  extension: z
    .string()
    .regex(/^[\w.]{1,16}$/)
    .describe('Of the file, without a dot: programs look at it.'),
  name: z.string().default('').describe('What the program calls it: `{input.format}` in its arguments.'),
  text: z.boolean().default(false).describe('Whether it is text, which needs no base64 in documents.'),
  zip: z
    .boolean()
    .default(false)
    .describe('Of outputs: the file goes with those of the same name and other extensions, in one zip.'),
});

const file = z.strictObject({
  type: z.literal('file'),
  ...words,
  ...occurrence,
  formats: z.array(format).min(1).max(50).describe('The default first.'),
});

const text = z.strictObject({
  type: z.enum(['text', 'date', 'dateTime', 'uri']),
  ...words,
  ...occurrence,
  default: scalar.optional(),
  allowed: z.array(scalar).max(1000).default([]).describe('Values of which one must be given.'),
  pattern: z.string().optional().describe('A regular expression that the whole value fits.'),
  passed: z
    .record(z.string(), scalar)
    .default({})
    .describe('What the program gets instead of a value, e.g. its number in a list.'),
});

const number = z.strictObject({
  type: z.enum(['integer', 'number']),
  ...words,
  ...occurrence,
  default: scalar.optional(),
  allowed: z.array(scalar).max(1000).default([]),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  units: z.array(z.string()).max(20).default([]).describe('The default first.'),
});

const boolean = z.strictObject({
  type: z.literal('boolean'),
  ...words,
  ...occurrence,
  default: scalar.optional(),
});

const box = z.strictObject({
  type: z.literal('box'),
  ...words,
  ...occurrence,
  crs: z.array(z.string().min(1)).min(1).default(['EPSG:4326']).describe('The default first.'),
});

const input = z.discriminatedUnion('type', [file, text, number, boolean, box]);

const absence = z.boolean().default(false).describe('Whether it may be missing when the program has ended.');

const output = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('file'),
    ...words,
    optional: absence,
    formats: z.array(format).min(1).max(50).describe('The default first.'),
  }),
  z
    .strictObject({ type: z.literal('folder'), ...words, optional: absence })
    .describe('All files of a folder, in one zip.'),
  z
    .strictObject({
      type: z.literal('changed'),
      ...words,
      input: id.describe('A file, of which the program gets a copy.'),
    })
    .describe('What becomes of an input that the program changes in place.'),
  z
    .strictObject({
      type: z.enum(['text', 'integer', 'number', 'boolean']),
      ...words,
      optional: absence,
      pattern: z
        .string()
        .describe('A regular expression; what its first group finds last in what the program says.'),
    })
    .describe('A value among what the program writes to stdout.'),
  z
    .strictObject({
      type: z.literal('words'),
      ...words,
      mediaType: z.string().default('text/plain'),
    })
    .describe('What the program writes to stdout.'),
]);

const condition = z.strictObject({
  if: id.describe('An input: a boolean that is true, or any other that is given.'),
  add: z.array(scalar).min(1),
});

const argument = z.union([scalar, z.array(scalar).min(1), condition]);

/** One process. */
export const commandSchema = z.strictObject({
  id,
  ...words,
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, 'must be like 1.0.0')
    .default('1.0.0'),
  keywords: z.array(z.string()).max(50).default([]),
  program: z.string().min(1).describe('Name on PATH, or an absolute path.'),
  needs: z.array(z.string().min(1)).default([]).describe('Other programs that must be there.'),
  arguments: z
    .array(argument)
    .max(1000)
    .describe(
      'Each is one argument; `{input}` stands for a value. A list in the list is left out where a value in it is not given, and repeated for each value.',
    ),
  inputs: z.record(id, input).default({}),
  outputs: z
    .record(id, output)
    .refine((outputs) => Object.keys(outputs).length > 0, 'must have at least one'),
  progress: z
    .strictObject({
      pattern: z.string().describe('A regular expression; its first group is a number.'),
      dot: z.number().min(0).default(0).describe('What each character of a second group adds to it.'),
      of: z.number().positive().default(100).describe('The number at the end of the work.'),
    })
    .optional()
    .describe('How progress is read from what the program writes.'),
  success: z.array(z.int().min(0).max(255)).min(1).default([0]).describe('Exit codes of success.'),
  failures: z
    .record(z.string().regex(/^\d{1,3}$/), z.string())
    .default({})
    .describe('What other exit codes mean.'),
  environment: z.record(z.string().regex(/^\w+$/), scalar).default({}),
  network: z.boolean().default(false).describe('Whether it needs the network.'),
  idempotent: z.boolean().default(true).describe('Whether running it twice does no harm.'),
  limits: z
    .strictObject({
      seconds: z.number().positive().optional(),
      memoryMiB: z.number().positive().optional(),
      scratchMiB: z.number().positive().optional(),
    })
    .prefault({})
    .describe('What a run may take, where that is less than the peer allows.'),
  expected: z
    .strictObject({
      seconds: z.number().positive().optional().describe('A typical run.'),
      cores: z.number().min(0).max(256).default(1),
      memoryMiB: z.number().positive().optional(),
    })
    .prefault({}),
});

export type Command = z.output<typeof commandSchema>;
export type CommandInput = Command['inputs'][string];
export type CommandOutput = Command['outputs'][string];
export type CommandArgument = Command['arguments'][number];
export type FileFormat = z.output<typeof format>;
