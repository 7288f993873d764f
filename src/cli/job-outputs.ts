import { closest } from 'fastest-levenshtein';
import { isNamedAs } from '../ogc/processes/file-names.ts';
import { UsageError } from './failure.ts';
import type { DescribedInput, InputSchema } from './job-inputs.ts';

type DescribedOutputs = Readonly<Record<string, DescribedInput>>;

/**
 * `name` and `name=format` as the outputs that are asked for; undefined for no wish, which means all. A format is a media
 * type, or what files of it end with: `gpkg`. Throws `UsageError` that names the output.
 */
export function outputsOf(
  wishes: readonly string[],
  described: DescribedOutputs,
): Record<string, object> | undefined {
  if (wishes.length === 0) return undefined;
  return Object.fromEntries(
    wishes.map((wish) => {
      const [name = '', ...rest] = wish.split('=');
      const output = Object.hasOwn(described, name) ? described[name] : undefined;
      if (!output) throw new UsageError(unknownOutput(name, Object.keys(described)));
      const format = rest.join('=').trim();
      return [name, format === '' ? {} : { format: { mediaType: mediaTypeOf(name, format, output) } }];
    }),
  );
}

function mediaTypeOf(name: string, format: string, { schema }: DescribedInput): string {
  const offered = mediaTypesOf(schema ?? {});
  const wanted = format.toLowerCase();
  const found =
    offered.find((mediaType) => mediaType.toLowerCase() === wanted) ??
    offered.find((mediaType) => mediaType.toLowerCase().split(';')[0] === wanted) ??
    offered.find((mediaType) => /^[\w.]+$/.test(wanted) && isNamedAs(`x.${wanted}`, mediaType));
  if (found !== undefined) return found;
  const known = offered.length > 0 ? `write one of ${offered.join(', ')}` : 'it is a value';
  throw new UsageError(`output "${name}" has no format "${format}": ${known}`);
}

function mediaTypesOf(schema: InputSchema): string[] {
  return (schema.oneOf ?? [schema]).flatMap(({ contentMediaType }) => contentMediaType ?? []);
}

function unknownOutput(name: string, known: readonly string[]): string {
  if (known.length === 0) return `the process has no output "${name}", nor any other`;
  return `the process has no output "${name}": did you mean "${closest(name, known)}"? It has ${known.join(', ')}`;
}
