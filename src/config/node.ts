import { z } from 'zod';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** The peer as a whole: who it is, where it keeps its data, how it ends. */
export const nodeConfig = z.strictObject({
  name: z
    .string()
    .max(64)
    .default('')
    .describe('What people see in lists of peers. Empty: the host name, which a classroom already knows.'),
  data: z
    .string()
    .default('')
    .describe(
      'Folder of the identity, the mesh key and the caches; one per peer. ' +
        'Empty: `GISMESH_DATA`, or the place for application data of the platform.',
    ),
  join: z
    .string()
    .max(4096)
    .default('')
    .describe(
      'Invitation (or its six words) of the mesh to belong to. Empty: the mesh of last time, or a new one.',
    ),
  logLevel: z
    .enum(LOG_LEVELS)
    .default('warn')
    .describe(
      'Least severe log entries written to stderr; what a peer does when all is well is not one of them.',
    ),
  stopGraceMs: z
    .number()
    .positive()
    .max(600_000)
    .default(10_000)
    .describe(
      'How long a stopping peer finishes what is running, then ends it: more than almost every drawing.',
    ),
});
