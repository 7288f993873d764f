import { z } from 'zod';
import { describeIssues } from '../../src/config/problems.ts';
import { nearestName } from '../../src/projects/metadata.ts';
import { faultSchema } from './fault-schema.ts';
import { scenarioSchema } from './schema.ts';

const FAULT_KINDS = faultSchema.options.map((option) => option.shape.kind.value);

/**
 * The one problem to mend first, in one line. A mistyped key goes before the key that is missing because of it.
 *
 * @param content what was checked
 */
export function firstProblem(
  error: z.ZodError,
  content: unknown,
  describePlace: (place: string) => string,
): string {
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0]!;
  const place = issue.path.join('.');
  const given = valueAt(content, issue.path);
  if (issue.code === 'invalid_value' && typeof given === 'string') {
    return `${describePlace(place)}: ${notOneOf(given, issue.values.map(String))}`;
  }
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'kind' && typeof given === 'string') {
    return `${describePlace(place)}: ${notOneOf(given, FAULT_KINDS)}`;
  }
  return describeIssues(new z.ZodError([issue]), scenarioSchema, describePlace)[0]!;
}

function notOneOf(given: string, known: readonly string[]): string {
  const hint = nearestName(given, known);
  return `"${given}" is not known${hint || `; known are ${known.join(', ')}`}`;
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], content);
}
