import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { settings, unwrapped } from './settings.ts';

/** Letters that make a word: fewer begin too many names. */
const MIN_STEM = 4;

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

/**
 * The nearest known name: a key of the same section that differs by its case, a few letters or words left out, the
 * same key in another section, or the least edits away.
 */
function suggestion(unknown: string, schema: z.ZodType, neighbours: readonly string[]): string {
  const known = settings(schema).flatMap(({ place }) => [...sectionsAbove(place), place]);
  const key = lastKey(unknown);
  const neighbour = nearestOf(key, neighbours);
  if (neighbour !== undefined) return didYouMean(`${unknown.slice(0, -key.length)}${neighbour}`);
  // YAML has no dots in names: what stands behind one belongs into the section before it.
  if (known.includes(unknown)) return `: write "${key}:" below "${unknown.slice(0, -key.length - 1)}:"`;
  const sameKey = known.filter((place) => lastKey(place).toLowerCase() === key.toLowerCase());
  if (sameKey.length > 0) return didYouMean(closest(unknown, sameKey));
  const others = known.filter((place) => !unknown.startsWith(`${place}.`));
  const nearest = closest(unknown, others);
  return distance(unknown, nearest) <= Math.max(2, unknown.length / 3) ? didYouMean(nearest) : '';
}

function didYouMean(place: string): string {
  return `: did you mean "${place}"?`;
}

/** Two edits, or one that the other begins with, are near. */
function nearestOf(key: string, neighbours: readonly string[]): string | undefined {
  const lower = key.toLowerCase();
  const edits = (name: string) => distance(lower, name.toLowerCase());
  const nearest = neighbours.toSorted((a, b) => edits(a) - edits(b))[0];
  if (nearest !== undefined && edits(nearest) <= 2) return nearest;
  return neighbours.find((name) => lower.length >= MIN_STEM && name.toLowerCase().startsWith(lower));
}

/** Keys of the object at `path`, also within a list. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
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
