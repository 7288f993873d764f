import { OgcException } from './exceptions.ts';
import type { OgcLimits } from './service.ts';

/** Decoded names and values in the order of the request; a `URLSearchParams` is one. */
export type Pairs = Iterable<readonly [name: string, value: string]>;

/**
 * The parameters of one request. Names are case-insensitive (WMS 1.3.0 section 6.8.1); of a name given more
 * than once the first value counts, as the standards leave open: clients that extend a base URL with a query
 * repeat it.
 */
export class Parameters {
  /** By upper-case name. */
  readonly #values = new Map<string, string>();

  constructor(pairs: Pairs) {
    for (const [name, value] of pairs) {
      const key = name.toUpperCase();
      if (!this.#values.has(key)) this.#values.set(key, value);
    }
  }

  /** The trimmed value of the first of `names` that has one; an empty value counts as none. */
  get(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const value = this.#values.get(name.toUpperCase())?.trim();
      if (value) return value;
    }
    return undefined;
  }

  /** Whether the request names it, with a value or without. */
  has(name: string): boolean {
    return this.#values.has(name.toUpperCase());
  }

  /** All of them, names in upper case. */
  pairs(): [string, string][] {
    return [...this.#values];
  }

  /** The value, or throws MissingParameterValue with the first of `names`. */
  required(...names: readonly [string, ...string[]]): string {
    const value = this.get(...names);
    if (value === undefined) {
      throw new OgcException('MissingParameterValue', `Parameter ${names[0]} is missing or empty`, {
        locator: names[0],
      });
    }
    return value;
  }
}

/** Collects the parameters of a request; throws `OgcException` where there are too many or too long ones. */
export function readParameters(pairs: Pairs, limits: OgcLimits): Parameters {
  return new Parameters(bounded(pairs, limits));
}

function* bounded(pairs: Pairs, limits: OgcLimits): Generator<readonly [string, string]> {
  let count = 0;
  for (const pair of pairs) {
    const [name, value] = pair;
    count += 1;
    if (count > limits.maxParameters) {
      throw tooLarge(`The request has more than ${limits.maxParameters} parameters`);
    }
    if (name.length > limits.maxNameLength) {
      throw tooLarge(`A parameter's name is longer than ${limits.maxNameLength} characters`);
    }
    if (value.length > limits.maxValueLength) {
      throw tooLarge(`A parameter's value is longer than ${limits.maxValueLength} characters`);
    }
    yield pair;
  }
}

function tooLarge(message: string): OgcException {
  return new OgcException('InvalidParameterValue', message);
}
