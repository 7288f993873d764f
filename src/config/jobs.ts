import { z } from 'zod';

const ms = z.number().positive();
const count = z.int().positive();
const KIBIBYTE = 1024;
const DAY_MS = 86_400_000;

/** The way of a job: its status on every peer, the lease of the peer that executes it. */
export const jobsConfig = z.strictObject({
  statuses: z
    .strictObject({
      maxRecords: count
        .default(200_000)
        .describe(
          'Jobs known at once, about 600 bytes of memory and 1 KB of disk each; new ones are refused beyond it.',
        ),
      maxTtlMs: ms
        .default(30 * DAY_MS)
        .describe('Longest life of a status; a peer that was away for longer begins with none.'),
      maxAheadMs: ms
        .default(DAY_MS)
        .describe(
          'Statuses written by a clock that is farther ahead are refused. Clocks with the wrong time zone are common in classrooms and do no harm.',
        ),
      maxDriftMs: ms
        .default(300_000)
        .describe(
          'A clock that is farther ahead is not followed in the order of events: five minutes, as Kerberos demands.',
        ),
      maxPage: count.default(1000).describe('Largest page of a list of jobs.'),
    })
    .prefault({})
    .describe('What a peer knows of jobs.'),
  replication: z
    .strictObject({
      copies: z
        .int()
        .min(0)
        .max(8)
        .default(2)
        .describe('Other peers that hold a job on their disks before its id is given out.'),
      timeoutMs: ms.default(2000).describe('One call: a disk that has to be waited for, on a busy machine.'),
      maxCandidates: count.default(6).describe('Peers asked to hold a job when some of them do not answer.'),
      findPeers: count.default(4).describe('Peers asked for a job that is unknown here.'),
      ttlMs: ms
        .default(7 * DAY_MS)
        .describe('A status is forgotten a week after it was last written, together with its outputs.'),
      sweepMs: ms.default(30_000).describe('Between removals of what has expired.'),
      maxIncoming: count.default(10_000).describe('Published statuses being written at a time.'),
      news: z
        .strictObject({
          gatherMs: ms
            .default(40)
            .describe('Changes are gathered for so long: 25 messages a second at most.'),
          progressFloorMs: ms
            .default(200)
            .describe('Between publications of mere progress of a job, in a small mesh.'),
          progressPeers: count
            .default(8)
            .describe('What a small mesh is; in a larger one the floor grows in proportion.'),
          maxBytes: count
            .max(128 * KIBIBYTE)
            .default(48 * KIBIBYTE)
            .describe('One publication.'),
          maxWaiting: count
            .default(10_000)
            .describe('Jobs waiting to be published; the oldest are left to the comparison.'),
        })
        .prefault({})
        .describe('What is told to everyone.'),
      antiEntropy: z
        .strictObject({
          minPeriodMs: ms.default(10_000).describe('Between comparisons with a random peer, at least.'),
          maxPeriodMs: ms
            .default(30_000)
            .describe('And at most: spread, so that peers do not fall into step.'),
          connectJitterMs: ms.default(200).describe('New connections are compared over after up to this.'),
          retryMs: ms.default(2000).describe('A peer that is catching up is asked again after about this.'),
          timeoutMs: ms.default(10_000).describe('One call of the comparison.'),
          recordsPerPull: count
            .max(4000)
            .default(400)
            .describe('Statuses asked for at a time: about one message full.'),
          bytesPerPull: count
            .max(192 * KIBIBYTE)
            .default(160 * KIBIBYTE)
            .describe('Bytes of them in one answer.'),
          largeDifference: count
            .default(256)
            .describe(
              'Differing leaves, of 4096, from which on a peer catches up before others compare with it.',
            ),
          maxServed: count
            .default(4)
            .describe('Peers that catch up here at a time: each costs the disk some time.'),
        })
        .prefault({})
        .describe('How differences between peers are found and mended.'),
    })
    .prefault({})
    .describe('How statuses reach the other peers.'),
  lease: z
    .strictObject({
      renewMs: ms.default(5000).describe('The executing peer renews its lease this often.'),
      expireMs: ms
        .default(15_000)
        .describe('Without a renewal for so long, another peer takes the job over.'),
      staggerMs: ms
        .default(1000)
        .describe('Each standby waits so much longer than the one before: time for its claim to be heard.'),
      maxLeases: count.default(10_000).describe('Jobs watched as a standby.'),
    })
    .prefault({})
    .describe('Who executes a job, and when another one does.'),
});
