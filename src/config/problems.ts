import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { settings, unwrapped } from './settings.ts';

/** One line per problem. `describePlace` says where a dotted place of the schema is for the reader. */
export function describeIssues(
  error: z.ZodError,
  schema: z.ZodType,
  describePlace: (place: string) => string,
): string[] {
  return error.issues.flatMap((issue) => {
    const place = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [`${describePlace(place)}: ${issue.message}`];
    return issue.keys.map((key) => {
      const unknown = place ? `${place}.${key}` : key;
      const hint = suggestion(unknown, schema, keysAt(schema, issue.path));
      return `${describePlace(unknown)} is not a known setting${hint}`;
    });
  });
}

/** The nearest known name: a key of the same section, the same key in another one, or the least edits away. */
function suggestion(unknown: string, schema: z.ZodType, neighbours: readonly string[]): string {
  const key = lastKey(unknown);
  const mistyped = neighbours.length > 0 ? closest(key, neighbours) : '';
  if (mistyped !== '' && distance(key, mistyped) <= 2) {
    return `: did you mean "${unknown.slice(0, -key.length)}${mistyped}"?`;
  }
  const known = settings(schema).flatMap(({ place }) => [place, ...sectionsAbove(place)]);
  const sameKey = known.filter((place) => lastKey(place) === key);
  const nearest = closest(unknown, sameKey.length > 0 ? sameKey : known);
  const isNear = sameKey.length > 0 || distance(unknown, nearest) <= Math.max(2, unknown.length / 3);
  return isNear ? `: did you mean "${nearest}"?` : '';
}

/** Keys of the object at `path`, also within a list. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const type = unwrapped(schema);
  const [key, ...rest] = path;
  if (type instanceof z.ZodUnion) {
    return [...new Set(type.options.flatMap((option) => keysAt(option as z.ZodType, path)))];
  }
  if (key === undefined) return type instanceof z.ZodObject ? Object.keys(type.shape) : [];
  const inner = type instanceof z.ZodObject ? type.shape[String(key)] : undefined;
  if (inner) return keysAt(inner, rest);
  if (type instanceof z.ZodRecord) return keysAt(type.valueType as z.ZodType, rest);
  return type instanceof z.ZodArray ? keysAt(type.element as z.ZodType, rest) : [];
}

function sectionsAbove(place: string): string[] {
  const keys = place.split('.');
  return keys.slice(1).map((_, index) => keys.slice(0, index + 1).join('.'));
}

function lastKey(place: string): string {
  return place.slice(place.lastIndexOf('.') + 1);
}
