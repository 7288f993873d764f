import { z } from 'zod';
import { describeIssues, keysAt } from '../../src/config/problems.ts';
import { nearestName } from '../../src/projects/metadata.ts';
import type { Fault } from '../faults/fault.ts';
import { faultSchema } from './fault-schema.ts';
import { scenarioSchema } from './schema.ts';

const FAULT_KINDS = faultSchema.options.map((option) => option.shape.kind.value);
/** Longest value that is shown as it was given. */
const MAX_SHOWN = 60;

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
  const issue =
    error.issues.find(({ code }) => code === 'unrecognized_keys') ??
    narrowest(error.issues[0]!, error.issues);
  const given = valueAt(content, issue.path);
  if (issue.code === 'unrecognized_keys' && issue.path[0] === 'faults') {
    const key = issue.keys[0]!;
    return oneLine(`${describePlace([...issue.path, key].join('.'))} ${notOfFault(key, given)}`);
  }
  const message = inWords(issue, given);
  if (message !== undefined) return oneLine(`${describePlace(issue.path.join('.'))}: ${message}`);
  return oneLine(described(issue, describePlace));
}

/** As of every configuration; where no name is near, with those that there are. */
function described(issue: Issue, describePlace: (place: string) => string): string {
  const text = describeIssues(new z.ZodError([issue]), scenarioSchema, describePlace)[0]!;
  if (issue.code !== 'unrecognized_keys' || text.endsWith('?')) return text;
  return `${text}; known there are ${keysAt(scenarioSchema, issue.path).join(', ')}`;
}

type Issue = z.ZodError['issues'][number];

/** Of the bounds that a number breaks the one that keeps it: every whole number is also bounded by what is exact. */
function narrowest(first: Issue, issues: readonly Issue[]): Issue {
  const same = issues.filter(
    ({ code, path }) => code === first.code && path.join('.') === first.path.join('.'),
  );
  return same.reduce((kept, issue) => (isNarrower(issue, kept) ? issue : kept));
}

function isNarrower(one: Issue, other: Issue): boolean {
  if (one.code === 'too_big' && other.code === 'too_big') return one.maximum < other.maximum;
  if (one.code === 'too_small' && other.code === 'too_small') return one.minimum > other.minimum;
  return false;
}

/** What is wrong and what would be right; none: as elsewhere. */
function inWords(issue: Issue, given: unknown): string | undefined {
  switch (issue.code) {
    case 'invalid_value':
      return notOneOf(given, issue.values.map(String));
    case 'invalid_union':
      if (issue.path[0] === 'settings') return undefined;
      return issue.path.at(-1) === 'kind'
        ? notOneOf(given, FAULT_KINDS)
        : `${shown(given)} is neither "all" nor a whole number from 1 on`;
    case 'invalid_type':
      if (given === undefined) return ['is missing', NOUNS[issue.expected]].filter(Boolean).join(': ');
      return mustBe(NOUNS[issue.expected], given);
    case 'too_small':
      if (typeof given === 'string') return 'is empty';
      return mustBe(`${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${entries(given)}`, given);
    case 'too_big':
      return mustBe(`${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${entries(given)}`, given);
    default:
      return undefined;
  }
}

/** Each kind of fault has keys of its own: those of others are no help. */
function notOfFault(key: string, fault: unknown): string {
  const { kind } = fault as Fault;
  const option = faultSchema.options.find(({ shape }) => shape.kind.value === kind);
  const known = Object.keys(option?.shape ?? {});
  return `is not a known setting${nearestName(key, known) || `; "${kind}" has ${known.join(', ')}`}`;
}

const NOUNS: Readonly<Record<string, string | undefined>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: '"key: value" lines',
};

function mustBe(wanted: string | undefined, given: unknown): string | undefined {
  return wanted && `must be ${wanted}, and is ${shown(given)}`;
}

function entries(given: unknown): string {
  return Array.isArray(given) ? ' long' : '';
}

function shown(given: unknown): string {
  if (given === null || given === undefined) return 'left empty';
  if (Array.isArray(given)) return `a list of ${given.length}`;
  if (typeof given === 'object') return '"key: value" lines';
  const text = String(given);
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return typeof given === 'string' ? `"${short}"` : short;
}

function notOneOf(given: unknown, known: readonly string[]): string {
  if (given === undefined) return `is missing: one of ${known.join(', ')}`;
  const hint = typeof given === 'string' ? nearestName(given, known) : '';
  return `${shown(given)} is not known${hint || `; known are ${known.join(', ')}`}`;
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], content);
}

/** Keys and values come from a file: they must not steer the terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
