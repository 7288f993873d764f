import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;
const ms = z.number().positive();
const count = z.int().positive();

/** What computes, and what one run may take. */
export const processesConfig = z.strictObject({
  niceness: z
    .int()
    .min(0)
    .max(19)
    .default(10)
    .describe('Of the work towards the scheduler: the people at the machine come first.'),
  limits: z
    .strictObject({
      timeoutMs: ms
        .default(3_600_000)
        .describe('One run: an hour, which is what raster processing can take.'),
      memoryBytes: count
        .min(64 * MEBIBYTE)
        .default(2048 * MEBIBYTE)
        .describe('Memory of one run, all its processes together.'),
      scratchBytes: count.default(4096 * MEBIBYTE).describe('Files of one run, its outputs among them.'),
    })
    .prefault({})
    .describe('What one run may take.'),
  builtIn: z
    .strictObject({
      maxWorkers: z
        .int()
        .min(0)
        .max(256)
        .default(0)
        .describe('Runs at once, each in a process of its own; 0: one per core.'),
      warmWorkers: z
        .int()
        .min(0)
        .max(64)
        .default(2)
        .describe('Processes kept ready: the first run in a new one waits for its start and its libraries.'),
      idleMs: ms
        .default(60_000)
        .describe('A worker that has had nothing to do for so long goes, and its memory with it.'),
      maxInputBytes: count
        .max(512 * MEBIBYTE - 1024)
        .default(256 * MEBIBYTE)
        .describe('One GeoJSON input: it is parsed as a whole, and takes ten times its size in memory.'),
      inlineBytes: count
        .default(MEBIBYTE)
        .describe(
          'Larger outputs are written into the scratch folder instead of being handed over in memory.',
        ),
    })
    .prefault({})
    .describe('The processes that come with gismesh.'),
});
