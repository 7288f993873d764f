import { z } from 'zod';
import { share, workMs } from './quantities.ts';

/** Jobs that people submit beside looking at maps. */
export const jobsSchema = z
  .strictObject({
    perMinute: z
      .number()
      .min(0)
      .max(10_000)
      .default(0)
      .describe('Jobs submitted in the whole room, each at a machine that has a user; 0: none.'),
    workMs: workMs.default(5_000).describe('Mean work of a job, on a machine of speed 1.'),
    sigma: z.number().min(0).max(2).default(1).describe('Log-normal, from job to job.'),
    bytes: z.number().min(1).max(200_000).default(20_000).describe('Mean size of a result.'),
    sync: share.default(0.25).describe('Of the jobs, for whose result somebody waits.'),
    once: share.default(0.1).describe('Of the jobs that must not be run twice.'),
    quiet: share.default(0).describe('Of the jobs that do not say how far they are.'),
    failing: share.default(0.05).describe('Of the jobs that fail, wherever they run.'),
    dismissed: share.default(0.05).describe('Of the jobs that their user dismisses.'),
    chained: share.default(0.1).describe('Of the jobs that take the result of an earlier one.'),
    providers: z
      .union([z.literal('all'), z.int().positive()])
      .default('all')
      .describe('Peers that can execute jobs, the first ones; all accept them.'),
  })
  .prefault({})
  .describe('Jobs beside the maps.');
