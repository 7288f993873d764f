import { z } from 'zod';

const ms = z.number().positive();
const count = z.int().positive();
const MEBIBYTE = 1024 * 1024;

/** The way of a map request: metatiles, caches, auctions, deadlines. */
export const mapsConfig = z.strictObject({
  metatileSize: z
    .int()
    .min(1)
    .max(8)
    .default(2)
    .describe(
      'Tiles along each side of a metatile. Larger ones cost less in all, smaller ones are there sooner and spread one view over more peers.',
    ),
  metatilePixels: count
    .default(2048 * 2048)
    .describe('Most pixels of a metatile; larger tiles are drawn in smaller blocks.'),
  arrivalMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(3_000)
    .describe(
      'So long after its start a peer that is asked for a project it does not know waits for news of it before it says so: it may not have met the peers that have it.',
    ),
  bufferPixels: z
    .int()
    .min(0)
    .max(1024)
    .default(128)
    .describe('Drawn beyond each edge and cut away, so that labels do not clip between tiles: half a label.'),
  maxPixels: count
    .default(8192 * 8192)
    .describe('Largest drawing another peer may ask for, with its buffer: 256 MiB of pixels in a worker.'),
  requestTimeoutMs: ms
    .max(600_000)
    .default(30_000)
    .describe('From a request to its answer or a clear error: what map clients wait at least.'),
  renderTimeoutMs: ms
    .max(600_000)
    .default(25_000)
    .describe(
      'One drawing in a worker, which is then killed: below the request, so that the error is the worker’s.',
    ),
  maxAttempts: count
    .max(10)
    .default(3)
    .describe(
      'Peers that may fail one request before its client is told: a project that kills workers ends there.',
    ),
  stallMs: ms
    .default(1_500)
    .describe('Without an answer for this long a drawing is begun at one more peer: the first one may hang.'),
  stallFactor: z
    .number()
    .min(1)
    .default(4)
    .describe('The same for slow drawings: times their 95th percentile.'),
  busyPauseMs: ms
    .default(50)
    .describe(
      'Pause before asking anew when every peer declined: one short drawing. Of all that wait for a project only one asks.',
    ),
  bidTimeoutMs: ms
    .default(15)
    .describe(
      'How long bids are waited for: some round trips; a peer too busy to answer is too busy to draw.',
    ),
  bidWaitShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe(
      'How much longer, as a share of the best bid so far: a dear bid makes it worth to hear the others.',
    ),
  bidPatienceMs: ms
    .default(250)
    .describe('Longest further wait, also when not one peer has bid yet: a late bid is better than none.'),
  maxFlights: count
    .default(2_000)
    .describe('Drawings on their way at once, here and for others; more are refused with 503.'),
  abandonedMs: ms
    .default(2_000)
    .describe(
      'A drawing nobody waits for may end within this: it is wanted again soon, and killing costs more.',
    ),
  maxClaims: count.default(4_096).describe('Claims kept as the home of drawings (about 150 bytes each).'),
  claimMs: ms
    .default(10_000)
    .describe(
      'How long one front door may have a drawing to itself; after that the next one is let through.',
    ),
  coldProjectMs: ms.default(500).describe('Opening a project in a worker, before anything is known of it.'),
  openEveryMs: ms
    .default(500)
    .describe(
      'Between two projects that an idle peer opens because it has become a holder of them: opening must not become its main work.',
    ),
  reopenMs: ms
    .default(300_000)
    .describe(
      'Before one that had to be closed again is opened so once more: the memory is too small for it.',
    ),
  maxOpened: count.default(1_024).describe('Projects of which that is remembered.'),
  maxDescriptions: count.default(500).describe('Descriptions kept of projects that only others hold.'),
  describeTimeoutMs: ms.default(3_000).describe('Fetching such a description.'),
  maxRequestBytes: count.default(256 * 1024).describe('Largest request for a drawing: a thousand layers.'),
  maxPackBytes: count.default(256 * MEBIBYTE).describe('Largest drawing taken from another peer.'),
  drawStreams: z
    .strictObject({
      maxIdleStreams: count
        .default(8)
        .describe('Streams kept with each peer for the next drawing; opening one costs two round trips.'),
      idleStreamMs: ms
        .default(10_000)
        .describe('How long one is kept without use: below the 30 s after which the other side ends it.'),
    })
    .prefault({})
    .describe('Streams over which other peers send what they draw.'),
  cache: z
    .strictObject({
      memoryBytes: count.default(48 * MEBIBYTE).describe('Recent drawings in memory: some 1,500 tiles.'),
      diskBytes: z
        .int()
        .min(0)
        .default(1024 * MEBIBYTE)
        .describe('Drawings on the disk, in the data folder; 0 keeps none.'),
      gatherMs: ms
        .default(1_000)
        .describe(
          'Drawings are written to the disk together, this long after the first of them: a tenth of the work. A peer that is killed loses no more than these.',
        ),
      maxPendingWrites: count
        .default(128)
        .describe('Drawings on their way to the disk; beyond it they stay in memory only.'),
    })
    .prefault({})
    .describe('Finished drawings, by content: never stale.'),
});
