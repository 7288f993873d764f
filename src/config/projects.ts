import { z } from 'zod';

const ms = z.number().positive();
const count = z.int().positive();
const MEBIBYTE = 1024 * 1024;

/** Where map projects come from, and how they are followed as they change. */
export const projectsConfig = z.strictObject({
  folders: z
    .array(z.string().min(1))
    .max(100)
    .default([])
    .describe(
      'Folders of projects, or of folders of projects; of two with one id the first is served. ' +
        'Empty: the demo project, so that a first start shows a map.',
    ),
  allowDatabases: z
    .boolean()
    .default(false)
    .describe(
      'Whether maps may read PostGIS. What a database holds is no part of a project, so its drawings may be ' +
        'stale in caches and differ between peers.',
    ),
  maxProjects: count.default(200).describe('Projects served at once: each stays open in every worker.'),
  maxFiles: count.default(10_000).describe('Files of one project; more point at the wrong folder.'),
  maxBytes: count
    .default(16 * 1024 * MEBIBYTE)
    .describe('All files of one project: they are copied into the data folder.'),
  maxDepth: count.default(16).describe('Folders within folders of a project.'),
  quietMs: ms
    .default(1_000)
    .describe(
      'A changed project is read when nothing in it was written for this long: several files are saved.',
    ),
  restlessMs: ms
    .default(30_000)
    .describe('A project that never rests is reported after this; its last version is served meanwhile.'),
  pollMs: ms
    .default(5_000)
    .describe('Time between looks at the folders: network file systems do not tell of changes.'),
  pollShare: z
    .number()
    .positive()
    .max(1)
    .default(0.005)
    .describe('Share of a core that looking may take; large folders are looked at less often than `pollMs`.'),
  debounceMs: ms
    .default(100)
    .describe('File events within this time are one: programs write in many pieces.'),
  removeAfterMs: ms
    .default(5_000)
    .describe('A project must be gone for this long to be taken away: tools replace folders by new ones.'),
  maxWatchedFolders: count
    .default(1_000)
    .describe('Folders watched for file events, of the 8,192 and more that systems allow a user.'),
  retryMs: ms
    .default(5_000)
    .describe(
      'Pause before another try when a project could not be opened for no fault of its own; doubles.',
    ),
  maxRetries: z
    .int()
    .min(0)
    .default(6)
    .describe('Such tries: over five minutes. A change of its files begins anew.'),
  engineTimeoutMs: ms
    .default(60_000)
    .describe('For an engine to read a project, and to draw from it once: large data opens slowly.'),
  lingerMs: ms
    .default(120_000)
    .describe(
      'An outgoing version serves requests that began with it for this long: several drawings’ time.',
    ),
  maxOutgoing: count
    .default(8)
    .describe('Outgoing versions kept open at once; each holds memory in the workers.'),
  spareSnapshots: z
    .int()
    .min(0)
    .default(4)
    .describe('Frozen copies kept that nothing uses: going back to an earlier version copies nothing.'),
  spareBytes: z
    .int()
    .min(0)
    .default(512 * MEBIBYTE)
    .describe('Most disk space of those.'),
});
