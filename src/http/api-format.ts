import { ProcessError, quote } from '../ogc/processes/problem.ts';
import type { Call } from './call.ts';

/**
 * Whether a client wants a page or JSON: by `f`, else by what `Accept` gives the higher weight, JSON where both are
 * equal. Throws `invalid-parameter` for a format that is neither.
 */
export function wantsHtml(call: Call): boolean {
  const format = new URLSearchParams(call.query).get('f');
  if (format === null || format === '') return prefersHtml(call);
  if (format === 'html' || format === 'text/html') return true;
  if (format === 'json' || format === 'application/json') return false;
  throw new ProcessError('invalid-parameter', `f is json or html, not ${quote(format)}`, 'f');
}

/** As {@link wantsHtml}, for errors: a wrong format is one. */
export function wantsHtmlProblem(call: Call): boolean {
  try {
    return wantsHtml(call);
  } catch {
    return prefersHtml(call);
  }
}

function prefersHtml(call: Call): boolean {
  const accept = call.header('accept') ?? '*/*';
  return weightOf('text/html', accept) > weightOf('application/json', accept);
}

/** The type of errors: plain JSON for those that take it and nothing else of it (the test suite of the OGC). */
export function problemType(call: Call): string {
  const accept = call.header('accept') ?? '*/*';
  const problem = 'application/problem+json';
  return weightOf(problem, accept) < weightOf('application/json', accept) ? 'application/json' : problem;
}

/** RFC 9110 section 12.5.1: the weight of the most specific range that the type is in, 0 for none. */
function weightOf(type: string, accept: string): number {
  let best = { precision: -1, weight: 0 };
  for (const member of accept.toLowerCase().split(',').slice(0, 50)) {
    const [range = '', ...parameters] = member.split(';').map((part) => part.trim());
    const precision = precisionOf(range, type);
    if (precision <= best.precision) continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number(quality.slice(2));
    best = { precision, weight: Number.isFinite(weight) ? weight : 0 };
  }
  return best.weight;
}

function precisionOf(range: string, type: string): number {
  if (range === type) return 2;
  if (range === '*/*') return 0;
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1)) ? 1 : -1;
}
