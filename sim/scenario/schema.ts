import { z } from 'zod';
import { configSchema } from '../../src/config.ts';
import { CONTENDERS } from '../result.ts';
import { faultSchema } from './fault-schema.ts';
import { jobsSchema } from './jobs-schema.ts';
import { bandwidthMbit, count, latencyMs, MAX_DURATION_MS, ms, share, speed, workMs } from './quantities.ts';

export const MAX_PEERS = 5_000;

const siteSchema = z.strictObject({
  name: z.string().min(1).describe('Of the room.'),
  peers: count.describe('Machines in it; those of all sites are the peers of the scenario.'),
});

const machineClassSchema = z.strictObject({
  share: share.describe('Of all peers; the shares of all classes are 1 together.'),
  speed: speed.describe('1 draws a drawing in the time that "service" says.'),
  slots: count.max(256).default(4).describe('Drawings at a time.'),
});

/** A simulated room: what is in it, who uses it, what goes wrong. Times are virtual, ms since the start. */
export const scenarioSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower case words joined by hyphens')
    .describe('Lower case words joined by hyphens.'),
  description: z.string().min(1).describe('What it shows, for a teacher.'),
  peers: count.max(MAX_PEERS).describe('Machines, each with one peer.'),
  sites: z
    .array(siteSchema)
    .default([])
    .describe('Rooms between which the way is longer; none: one room for all.'),
  link: z
    .strictObject({
      latencyMs: latencyMs.default(5).describe('One way between two sites, on top of the network’s own.'),
      bandwidthMbit: bandwidthMbit
        .default(100)
        .describe('Of the link between two sites, in each direction, shared by all that crosses it.'),
    })
    .prefault({})
    .describe('Between every two sites.'),
  machines: z
    .array(machineClassSchema)
    .min(1)
    .default([{ share: 1, speed: 1, slots: 4 }])
    .describe('Classes of machines, dealt out in turn over every site.'),
  owners: z
    .strictObject({
      share: share.default(0).describe('Of the peers, evenly spread, at which a person works.'),
      factor: z
        .number()
        .min(0.01)
        .max(1)
        .default(0.3)
        .describe('Of its speed that such a machine has to give.'),
      fromMs: ms.default(0).describe('When they come.'),
      untilMs: ms.optional().describe('When they leave; not at all when left out.'),
    })
    .prefault({})
    .describe('People who work at their machines.'),
  projects: z
    .strictObject({
      count: count.max(500).default(6).describe('Map projects.'),
      zipf: z.number().min(0).max(10).default(1).describe('Exponent of their popularity: 0 makes all alike.'),
      holders: z
        .union([z.literal('all'), count])
        .default('all')
        .describe('Peers that have the files of each.'),
      warm: count.max(1_000).default(8).describe('Projects that a machine’s memory keeps open.'),
      coldMs: ms.max(3_600_000).default(300).describe('Opening a project on a machine of speed 1.'),
    })
    .prefault({})
    .describe('What is drawn.'),
  service: z
    .strictObject({
      meanMs: workMs.default(60).describe('A drawing on a machine of speed 1.'),
      projectSigma: z.number().min(0).max(2).default(0.6).describe('Log-normal, from project to project.'),
      sigma: z.number().min(0).max(2).default(0.3).describe('Log-normal, from drawing to drawing.'),
      tileBytes: z.int().min(0).max(200_000).default(0).describe('Least size of an answered image.'),
    })
    .prefault({})
    .describe('How long drawings take; the same drawing takes the same time whoever makes it.'),
  load: z
    .strictObject({
      kind: z
        .enum(['scatter', 'browse', 'one-view'])
        .default('scatter')
        .describe(
          '"scatter": single images that nobody has; "browse": people who pan and zoom; "one-view": everyone opens the same map.',
        ),
      ofCapacity: z
        .number()
        .min(1e-6)
        .max(5)
        .optional()
        .describe('Drawing time asked for over what all machines have; caches lower what is drawn.'),
      perUserPerSecond: z.number().min(1e-6).max(1_000).optional().describe('Requests of each user.'),
      users: share.default(1).describe('Share of the peers at which somebody asks for maps.'),
      everyMs: ms.min(1).default(10_000).describe('"one-view": time between two views.'),
      jobs: jobsSchema,
    })
    .prefault({})
    .describe('Who asks for what: give one of "ofCapacity" and "perUserPerSecond"; neither with "one-view".'),
  network: z
    .strictObject({
      latencyMs: latencyMs.default(0.2).describe('Least time from one machine to another.'),
      jitterMs: latencyMs.default(0.1).describe('Mean of the exponential part on top.'),
      processingMs: ms
        .max(50)
        .default(0)
        .describe('What a peer is busy with each message it receives, one after the other.'),
      bandwidthMbit: bandwidthMbit.default(944).describe('Of each machine’s connection.'),
      loss: share.default(0).describe('Of publications on a hop, and of notices.'),
      discovery: z
        .boolean()
        .default(false)
        .describe(
          'Peers of a site hear of each other by multicast; otherwise they know the first one of each.',
        ),
    })
    .prefault({})
    .describe('Within a site.'),
  boot: z
    .strictObject({
      fromMs: ms.default(0).describe('When the first machine is switched on.'),
      overMs: ms.default(2_000).describe('All have been switched on after this; 0: all at the same moment.'),
    })
    .prefault({})
    .describe('How the day begins.'),
  versions: z
    .strictObject({
      share: share.default(0).describe('Of the peers that run the next version from the start.'),
      upgradeEveryMs: ms
        .default(0)
        .describe('Every so often one more peer leaves and comes back with the next version; 0: none does.'),
      downMs: ms.default(3_000).describe('How long such a peer is away.'),
    })
    .prefault({})
    .describe('Two versions of the program in one mesh.'),
  faults: z.array(faultSchema).max(10_000).default([]).describe('What goes wrong; peers count from 0.'),
  warmUpMs: ms.default(5_000).describe('Requests sent before are answered but not counted.'),
  durationMs: z
    .number()
    .positive()
    .max(MAX_DURATION_MS)
    .default(30_000)
    .describe('Until when requests are sent.'),
  convergenceMs: ms
    .default(30_000)
    .describe(
      'After that nothing fails any more, and all has to have settled within this time; half a minute suffices without jobs.',
    ),
  policy: z.enum(CONTENDERS).default('bid').describe('How a peer is chosen.'),
  settings: configSchema
    .prefault({})
    .describe(
      'Of every peer: what docs/configuration.md has of maps, jobs, artifacts, placement, membership; the rest is simulated, and refused.',
    ),
});

export type Scenario = z.output<typeof scenarioSchema>;
