import { closest, distance } from 'fastest-levenshtein';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { GismeshError } from '../core/errors.ts';

/** Name of the optional file in a project folder. */
export const METADATA_FILE = 'project.yaml';

/** Far above any real one. */
export const MAX_METADATA_BYTES = 256 * 1024;

const line = (max: number) => z.string().trim().min(1).max(max);
const degrees = z.number().min(-180).max(180);

const layerMetadata = z.strictObject({
  title: line(200).optional().describe('What people read in a list of layers. Default: the name.'),
  abstract: line(4000).optional().describe('A sentence or two about it.'),
  queryable: z
    .boolean()
    .optional()
    .describe('Whether clients may ask what is at a place. Default: whatever the data allows.'),
});

/** The keys of `project.yaml`; `docs/projects.md` shows them. */
export const metadataSchema = z.strictObject({
  title: line(200).optional().describe('What people read in a list of maps. Default: the folder’s name.'),
  abstract: line(4000).optional().describe('A few sentences about the map.'),
  keywords: z.array(line(100)).max(100).optional().describe('Words to be found by.'),
  attribution: line(500).optional().describe('Whom to thank for the data; clients show it on the map.'),
  background: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'must be a colour like "#cfe1ea"')
    .optional()
    .describe('Behind the layers when a client asks for none. Default: the background of the map itself.'),
  crs: z
    .array(
      z
        .string()
        .regex(
          /^(?:(?:EPSG|ESRI):\d{1,7}|IGNF:\w{1,20}|CRS:(?:84|83|27))$/,
          'must be a code like EPSG:3857, or CRS:84',
        ),
    )
    .min(1)
    .max(100)
    .refine((codes) => new Set(codes).size === codes.length, 'names a code twice')
    .optional()
    .describe(
      'Coordinate reference systems to advertise, the best one first; others are drawn all the same.',
    ),
  extent: z
    .tuple([degrees, z.number().min(-90).max(90), degrees, z.number().min(-90).max(90)])
    .refine(([west, south, east, north]) => west < east && south < north, 'must be west, south, east, north')
    .optional()
    .describe('West, south, east, north in degrees. Default: where the layers have data.'),
  engine: line(64).optional().describe('Which engine draws it. Default: mapnik.'),
  layers: z
    .record(z.string(), layerMetadata)
    .optional()
    .describe('What to say of layers, by their name in the map.'),
});

export type ProjectMetadata = z.output<typeof metadataSchema>;

/**
 * Reads the text of a `project.yaml`.
 *
 * @throws GismeshError `PROJECT_INVALID` with every problem and its line, and for an unknown key the nearest known.
 */
export function parseMetadata(text: string): ProjectMetadata {
  const lines = new LineCounter();
  const content = parseYaml(text, lines);
  const result = metadataSchema.safeParse(content.value);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, text: issue.message }];
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      text: `is not a known key${suggestion(key, issue.path.length === 0 ? metadataSchema : layerMetadata)}`,
    }));
  });
  throw invalid(
    problems
      .map(({ path, text }) => `line ${content.lineOf(path)}: ${path.map(String).join('.') || 'it'} ${text}`)
      .join('; '),
  );
}

interface YamlContent {
  readonly value: unknown;
  lineOf(path: readonly PropertyKey[]): number;
}

function parseYaml(text: string, lines: LineCounter): YamlContent {
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const [error] = [...document.errors, ...document.warnings];
    if (error) throw new Error(`line ${lines.linePos(error.pos[0]).line}: ${error.message}`);
    return {
      value: document.toJS({ maxAliasCount: 20 }) ?? {},
      lineOf: (path) => lines.linePos(offsetOf(document.contents, path)).line,
    };
  } catch (cause) {
    throw invalid((cause as Error).message, cause);
  }
}

/** Where the deepest key of a path begins. */
function offsetOf(root: unknown, path: readonly PropertyKey[]): number {
  let node = root;
  let offset = 0;
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => String(item.key) === String(key));
    if (pair === undefined) break;
    offset = (pair.key as { range?: readonly number[] }).range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}

function suggestion(key: string, schema: z.ZodObject): string {
  return nearestName(key, Object.keys(schema.shape));
}

/** `: did you mean "..."?` if a known name is near enough, or nothing. */
export function nearestName(unknown: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(unknown, known);
  return distance(unknown, nearest) <= Math.max(2, unknown.length / 3) ? `: did you mean "${nearest}"?` : '';
}

function invalid(message: string, cause?: unknown): GismeshError {
  return new GismeshError('PROJECT_INVALID', `${METADATA_FILE}: ${message}`, { cause });
}
