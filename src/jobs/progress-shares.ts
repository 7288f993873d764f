import type { ProcessDescription } from '../ogc/processes/process-description.ts';
import type { Submission } from './submission.ts';

/**
 * How the percent of a job are divided, as in GeoServer's GSIP 119: 30 for fetching inputs and 30 for storing outputs
 * where that is expensive, else 1; the rest is the run itself.
 */
export interface ProgressShares {
  readonly fetching: number;
  readonly storing: number;
}

const EXPENSIVE = 30;
const CHEAP = 1;

/** Whether some input comes from elsewhere. */
export function isFetched({ request, large = [] }: Pick<Submission, 'request' | 'large'>): boolean {
  return (
    large.length > 0 || request.inputs.some(({ value: { kind } }) => kind === 'reference' || kind === 'job')
  );
}

/** Inputs cost where they are fetched; outputs where they are more than a number, a word or a box. */
export function sharesOf(
  submission: Pick<Submission, 'request' | 'large'>,
  description: ProcessDescription | undefined,
): ProgressShares {
  const isStored = submission.request.outputs.some(
    ({ id }) => description?.outputs.find((output) => output.id === id)?.data.kind === 'complex',
  );
  return { fetching: isFetched(submission) ? EXPENSIVE : CHEAP, storing: isStored ? EXPENSIVE : CHEAP };
}

/** Percent of the job; `percent` of the part that it is in. */
export function percentOf(
  part: 'fetching' | 'running' | 'storing',
  percent: number,
  { fetching, storing }: ProgressShares,
): number {
  const done = Math.min(100, Math.max(0, percent)) / 100;
  const running = 100 - fetching - storing;
  switch (part) {
    case 'fetching':
      return fetching * done;
    case 'running':
      return fetching + running * done;
    case 'storing':
      return fetching + running + storing * done;
  }
}
