import { createContext, Script } from 'node:vm';

/** One search. Good patterns take a millisecond for a megabyte; this is for a machine that does much else. */
const MAX_MS = 1000;

interface Search {
  text: string;
  /** With the flag g. */
  pattern: RegExp;
  found: RegExpMatchArray | undefined;
}

/** Of these two names alone; a script is what Node can break off. */
const SEARCH = new Script(
  `{ let last; for (const match of text.matchAll(pattern)) last = match; found = last; }`,
);

/** One for all searches, which come one after the other: a context costs more than most of them. */
let context: Search | undefined;

/**
 * The last match of a regular expression of somebody's own (with the flag g) in a text, with its groups. One that tries
 * again and again in a text that others chose can take for ever, and with it the thread; here a search ends after a
 * second. Throws `PatternTooSlow`.
 */
export function lastMatch(text: string, pattern: RegExp): RegExpMatchArray | undefined {
  context ??= createContext({ text, pattern, found: undefined }) as Search;
  Object.assign(context, { text, pattern, found: undefined });
  try {
    SEARCH.runInContext(context, { timeout: MAX_MS });
    return context.found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new PatternTooSlow(`it was searched for ${MAX_MS} ms without an end`);
  } finally {
    // Neither is kept alive by it.
    Object.assign(context, { text: '', found: undefined });
  }
}

/**
 * What a whole text is held against by {@link lastMatch}. Its characters are those of Unicode, so that an escape without a
 * meaning is a mistake. Throws `SyntaxError`.
 */
export function wholeText(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'gu');
}

export class PatternTooSlow extends Error {}
