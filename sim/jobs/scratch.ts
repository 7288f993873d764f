/** One attempt at a job. */
export interface AttemptName {
  readonly job: string;
  readonly epoch: number;
}

/** The scratch folder of an attempt: all that a process is told of where it runs. */
export function scratchOf({ job, epoch }: AttemptName): string {
  return `/scratch/${job}/${epoch}`;
}

export function attemptIn(scratch: string): AttemptName {
  const [, , job = '', epoch] = scratch.split('/');
  return { job, epoch: Number(epoch) };
}
