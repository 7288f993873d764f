import { createContext, Script } from 'node:vm';

/** One search. Good patterns take a millisecond for a megabyte; this is for a machine that does much else. */
const MAX_MS = 1000;

/** The last match in `text`. Nothing of the context is used but these two names. */
const SEARCH = new Script(
  `{ let last; for (const match of text.matchAll(pattern)) last = match; found = last; }`,
);

/**
 * A regular expression of somebody's own. One that tries again and again in a text that others chose can take for
 * ever, and with it the thread; here a search ends after a second.
 */
export class BoundedPattern {
  readonly #context: { pattern: RegExp; text: string; found: RegExpMatchArray | undefined };

  /** Throws `SyntaxError`. `flags` without g. */
  constructor(pattern: string, flags = '') {
    this.#context = { pattern: new RegExp(pattern, `g${flags}`), text: '', found: undefined };
    createContext(this.#context);
  }

  /** The last match, with its groups. Throws `PatternTooSlow`. */
  last(text: string): RegExpMatchArray | undefined {
    this.#context.text = text;
    try {
      SEARCH.runInContext(this.#context, { timeout: MAX_MS });
      return this.#context.found;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new PatternTooSlow(`it was searched for ${MAX_MS} ms without an end`);
    } finally {
      this.#context.text = '';
      this.#context.found = undefined;
    }
  }
}

export class PatternTooSlow extends Error {}
