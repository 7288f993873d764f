import { z } from 'zod';

const ms = z.number().positive();
const count = z.int().positive();
const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

/** Results of jobs: where they are kept, and how they reach other peers. */
export const artifactsConfig = z.strictObject({
  copies: z
    .int()
    .min(0)
    .max(8)
    .default(2)
    .describe('Other peers that hold an artifact beside one: two machines may fail at once.'),
  store: z
    .strictObject({
      quotaBytes: count
        .default(20 * GIBIBYTE)
        .describe(
          'All artifacts on this disk. Work is refused before it is used up; nothing promised is deleted.',
        ),
      minFreeBytes: z
        .int()
        .min(0)
        .default(2 * GIBIBYTE)
        .describe('Left free on the disk for its owner, whoever fills it.'),
      jobBytes: count
        .default(64 * MEBIBYTE)
        .describe(
          'Room that a peer keeps for the outputs of each job that it executes, at most an eighth of the quota; without it the peer takes no more. Larger outputs take more as they are written.',
        ),
      maxArtifacts: count
        .default(100_000)
        .describe('Artifacts held at once: about 500 bytes of memory and two small files each.'),
      stepBytes: count
        .default(16 * MEBIBYTE)
        .describe('Room taken at a time by results whose size is not known beforehand.'),
      manifestCacheBytes: count
        .default(8 * MEBIBYTE)
        .describe('Manifests kept in memory: 32 bytes for each MiB of content.'),
    })
    .prefault({})
    .describe('The store on this disk.'),
  transfer: z
    .strictObject({
      maxSources: count
        .max(16)
        .default(4)
        .describe('Peers that one artifact is fetched from at once: more than a link can carry from one.'),
      maxFetches: count
        .default(4)
        .describe('Artifacts fetched at once: each holds three chunks of 1 MiB per source in memory.'),
      maxWaitingFetches: count
        .default(1000)
        .describe('Fetches waiting their turn; more are refused as BUSY.'),
      largeBytes: count
        .default(8 * MEBIBYTE)
        .describe(
          'From so many on a transfer gets a connection of its own, which takes some ms to make and is several times as fast.',
        ),
      chunksPerRequest: count
        .max(64)
        .default(64)
        .describe(
          'Chunks asked for at once: on a busy machine each round trip may take 10 ms. Towards the end, and with several sources, fewer.',
        ),
      openTimeoutMs: ms.default(5000).describe('Opening a stream to a holder.'),
      chunkTimeoutMs: ms
        .default(30_000)
        .describe('One chunk of 1 MiB: whoever is slower than 280 kbit/s is left for another.'),
      maxRounds: count
        .default(6)
        .describe('Times that holders are looked for anew when all known ones have failed.'),
      retryMs: ms.default(1000).describe('Before they are looked for anew; doubled each time.'),
      maxServed: count
        .default(16)
        .describe('Streams served at once, three chunks of 1 MiB each; more are told BUSY.'),
      maxServedPerPeer: count.default(4).describe('Of them to one peer.'),
      idleTimeoutMs: ms.default(30_000).describe('A stream without a request is closed after this time.'),
      callTimeoutMs: ms.default(3000).describe('Asking a peer what it holds.'),
      othersMs: ms
        .default(250)
        .describe('After the first holder has answered the others have this time: one may have just died.'),
    })
    .prefault({})
    .describe('How artifacts travel.'),
  keeping: z
    .strictObject({
      checkMs: ms
        .default(60_000)
        .describe(
          'About so often the peer responsible for an artifact asks its holders whether they still have it.',
        ),
      settleMs: ms
        .default(5000)
        .describe(
          'After a peer has gone its artifacts are looked at after this time, and up to as much again.',
        ),
      recordsPerCall: count.max(200).default(100).describe('Artifacts asked for in one call.'),
      maxReplications: count.default(2).describe('Copies that this peer has made at once.'),
      maxWaitingReplications: count
        .default(1000)
        .describe('Copies waiting to be made; more are left to the next look.'),
      maxCandidates: count
        .default(6)
        .describe('Peers asked to keep a copy when some of them have no room or do not answer.'),
      stallMs: ms
        .default(60_000)
        .describe('A peer that makes a copy and gets no further for so long is given up.'),
      progressMs: ms.default(2000).describe('It tells this often how far it is.'),
      sweepMs: ms.default(30_000).describe('Between removals of what has expired.'),
      askPeers: count
        .default(16)
        .describe('Peers asked at a time who holds an artifact, in the order in which they would.'),
    })
    .prefault({})
    .describe('How the copies are kept up.'),
  scrubbing: z
    .strictObject({
      bytesPerSecond: z
        .int()
        .min(0)
        .default(4 * MEBIBYTE)
        .describe(
          'Read and compared with its hashes while the machine is idle: a full store takes an hour and a half, at 2 % of a core. 0: never.',
        ),
      everyMs: ms
        .default(86_400_000)
        .describe('Everything is looked through once in this time: artifacts live for a week.'),
      idlePollMs: ms
        .default(5000)
        .describe('Between looks whether the machine is idle: nobody at it, no drawing, no job.'),
    })
    .prefault({})
    .describe('Finding what the disk has spoilt while others still have it whole.'),
});
