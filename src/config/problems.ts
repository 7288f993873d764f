import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { settings } from './settings.ts';

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
      return `${describePlace(unknown)} is not a known setting${suggestion(unknown, schema)}`;
    });
  });
}

/** The nearest known name: the same key in another section, or the least edits away. */
function suggestion(unknown: string, schema: z.ZodType): string {
  const known = settings(schema).flatMap(({ place }) => [place, ...sectionsAbove(place)]);
  const key = lastKey(unknown);
  const sameKey = known.filter((place) => lastKey(place) === key);
  const nearest = closest(unknown, sameKey.length > 0 ? sameKey : known);
  const isNear = sameKey.length > 0 || distance(unknown, nearest) <= Math.max(2, unknown.length / 3);
  return isNear ? `: did you mean "${nearest}"?` : '';
}

function sectionsAbove(place: string): string[] {
  const keys = place.split('.');
  return keys.slice(1).map((_, index) => keys.slice(0, index + 1).join('.'));
}

function lastKey(place: string): string {
  return place.slice(place.lastIndexOf('.') + 1);
}
