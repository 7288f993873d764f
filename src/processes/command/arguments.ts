import { canonicalCrs } from '../../ogc/processes/crs-name.ts';
import type { BoundingBoxValue } from '../../ogc/processes/execute-request.ts';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import type { CommandArgument } from './schema.ts';

/** `{name}` and `{name.part}`. */
const PLACEHOLDER = /\{([A-Za-z][\w-]*)(?:\.(\w+))?\}/g;

/** The part that stands for all values of an input at once, with commas. */
const LIST = 'list';

/** The values of one input or output, each as the texts that its placeholders stand for; '' is `{name}` itself. */
export type Texts = ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;

/** Names of all inputs and outputs that the arguments speak of. */
export function placeholdersOf(template: readonly CommandArgument[]): string[] {
  return template.flatMap((item) => {
    if (typeof item === 'string') return namesIn(item);
    return Array.isArray(item) ? item.flatMap(namesIn) : [item.if, ...item.add.flatMap(namesIn)];
  });
}

/**
 * The arguments of a run. No shell reads them, so that no character of a value means anything; only a value that stands
 * alone must not look like an option. Throws `ProcessError` naming the input.
 */
export function expandArguments(template: readonly CommandArgument[], texts: Texts): string[] {
  return template.flatMap((item) => {
    if (typeof item === 'string') return expandGroup([item], texts);
    if (Array.isArray(item)) return expandGroup(item, texts);
    const given = texts.get(item.if) ?? [];
    return given.length > 0 && given[0]?.[''] !== 'false' ? expandGroup(item.add, texts) : [];
  });
}

/** Once for each value of what is in it; not at all where one is missing. */
function expandGroup(group: readonly string[], texts: Texts): string[] {
  const placeholders = group.flatMap((part) => [...part.matchAll(PLACEHOLDER)]);
  const counts = placeholders.map(([, name, field]) => {
    const count = texts.get(name as string)?.length ?? 0;
    return field === LIST ? Math.min(1, count) : count;
  });
  const rounds = counts.length === 0 ? 1 : counts.includes(0) ? 0 : Math.max(...counts);
  return Array.from({ length: rounds }).flatMap((_, round) =>
    group.map((part, index) => {
      const value = part.replace(PLACEHOLDER, (_whole, name: string, field = '') => {
        const values = texts.get(name) ?? [];
        if (field === LIST) return values.map((each) => each['']).join(',');
        return values[Math.min(round, values.length - 1)]?.[field] ?? '';
      });
      if (index === 0) checkNoOption(part, value);
      return value;
    }),
  );
}

function checkNoOption(part: string, value: string): void {
  if (!part.startsWith('{') || !value.startsWith('-') || /^-[\d.]/.test(value)) return;
  const name = namesIn(part)[0] ?? '';
  throw new ProcessError('input-invalid', `Input ${quote(name)} must not begin with "-"`, name);
}

function namesIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name]) => name as string);
}

/** A box by its sides, x before y whatever the CRS has. */
export function boxTexts({ crs, lower, upper }: BoundingBoxValue): Record<string, string> {
  const name = canonicalCrs(crs);
  const [x, y] = name === 'EPSG:4326' ? [1, 0] : [0, 1];
  const [west, south, east, north] = [lower[x], lower[y], upper[x], upper[y]].map(String) as [
    string,
    string,
    string,
    string,
  ];
  return {
    '': `${west},${south},${east},${north}`,
    west,
    south,
    east,
    north,
    crs: name === 'CRS:84' ? 'OGC:CRS84' : name,
  };
}
