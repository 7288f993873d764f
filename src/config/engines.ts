import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;
const ms = z.number().positive();
const count = z.int().positive();

/** What draws: worker processes and the limits in which they are kept. */
export const enginesConfig = z.strictObject({
  workers: z
    .int()
    .min(0)
    .max(256)
    .default(0)
    .describe(
      'Processes that draw; 0: one per core, at most 8, as many as a quarter of the memory can hold.',
    ),
  niceness: z
    .int()
    .min(0)
    .max(19)
    .default(10)
    .describe('Of the workers towards the scheduler: the people at the machine come first.'),
  queueLimit: count
    .default(64)
    .describe(
      'Tasks that may wait for a worker, about 2 s of work; beyond it other peers are the better choice.',
    ),
  warmLimit: count
    .default(16)
    .describe(
      'Project versions each worker keeps open: files stay mapped, and parsed GeoJSON stays in memory.',
    ),
  startTimeoutMs: ms
    .default(15_000)
    .describe('A worker is ready after 0.1 s; this long on a slow disk with nothing cached.'),
  preloadTimeoutMs: ms
    .max(600_000)
    .default(60_000)
    .describe('Opening a project and drawing all of it once, in one worker; also reading its project file.'),
  abortGraceMs: ms
    .default(200)
    .describe('A drawing nobody waits for may still end by itself for as long as a new worker would cost.'),
  respawnMinMs: ms.default(250).describe('Pause after a worker did not start; doubled each time.'),
  respawnMaxMs: ms.default(30_000).describe('Longest pause between attempts to start a worker.'),
  memoryLimitBytes: count
    .min(128 * MEBIBYTE)
    .default(1024 * MEBIBYTE)
    .describe(
      'Resident memory of one worker, which is then killed: 85 MiB at rest, plus data and the largest image.',
    ),
  memoryPollMs: ms
    .default(250)
    .describe('How often the memory of busy workers is looked at; 0.1 ms of work each.'),
  recycleAfterTasks: count
    .default(4_000)
    .describe('Tasks after which a worker is replaced, at no loss: whatever leaks is bounded.'),
  recycleGrowthBytes: count
    .default(384 * MEBIBYTE)
    .describe(
      'Growth of a worker since its first task after which it is replaced; 150 MiB are caches at work.',
    ),
  quarantineCrashes: count
    .default(3)
    .describe('Crashes within the window after which a project version is set aside: once may be bad luck.'),
  quarantineWindowMs: ms.default(120_000).describe('The window in which crashes are counted.'),
  quarantineMs: ms
    .default(300_000)
    .describe('How long it is set aside, so that other projects get the workers.'),
  standIn: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether it takes the place of the real one.'),
      serviceMs: ms.default(100).describe('Time of one drawing.'),
      slots: count.default(2).describe('Drawings at once: the cores of a small machine.'),
      queueLimit: count.default(64).describe('Drawings that may wait for a slot.'),
      jitter: z
        .number()
        .min(0)
        .max(1)
        .default(0)
        .describe('Share by which the time varies around serviceMs.'),
      tileBytes: count.default(30_000).describe('Size of each image: a typical map tile.'),
    })
    .prefault({})
    .describe('The engine that only pretends to draw, for measuring a mesh.'),
});
