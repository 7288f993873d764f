import { GismeshError } from '../core/errors.ts';

/** Long enough for a hash with a prefix and a suffix; every file system takes it. */
const LONGEST_SEGMENT = 200;

/** The folder that implementations may use for unfinished writes; no name may lie in it. */
export const UNFINISHED_FOLDER = '.unfinished';

/**
 * Throws unless `name` is one or two segments of `[a-zA-Z0-9._-]+`, neither of which has a meaning to a
 * file system. Names come from code, never from a request, so a bad one is a bug: `INTERNAL`.
 */
export function assertStorageName(name: string): void {
  const segments = name.split('/');
  const valid = segments.length <= 2 && segments.every(isSegment) && segments[0] !== UNFINISHED_FOLDER;
  if (!valid) {
    throw new GismeshError(
      'INTERNAL',
      `"${name.slice(0, LONGEST_SEGMENT)}" is not a name that storage can hold`,
    );
  }
}

function isSegment(segment: string): boolean {
  return (
    segment.length <= LONGEST_SEGMENT &&
    /^[a-zA-Z0-9._-]+$/.test(segment) &&
    segment !== '.' &&
    segment !== '..'
  );
}
