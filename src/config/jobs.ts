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
      impatienceMs: ms
        .default(500)
        .describe('Who does not take a job within this is not waited for: the next peer is asked as well.'),
      findPeers: count
        .default(4)
        .describe('Peers asked at a time for a job that is unknown here; that many in all for its status.'),
      requestPeers: count
        .default(64)
        .describe('Peers asked in all for the request of a job that is known: somebody was given it.'),
      refreshMs: ms
        .default(500)
        .describe('Who is to place a job again first asks what is known of it, and waits for so long.'),
      ttlMs: ms
        .default(7 * DAY_MS)
        .describe('A status is forgotten a week after it was last written, together with its outputs.'),
      sweepMs: ms.default(30_000).describe('Between removals of what has expired.'),
      maxIncoming: count.default(10_000).describe('Published statuses being written at a time.'),
      news: z
        .strictObject({
          gatherMs: ms
            .default(40)
            .describe('Between publications, what changes is gathered: 25 messages a second at most.'),
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
      settleMs: ms
        .default(5000)
        .describe(
          'A peer that was started again waits so long for others before it executes what it had: they may have taken it over.',
        ),
      maxLeases: count.default(10_000).describe('Jobs watched as a standby.'),
    })
    .prefault({})
    .describe('Who executes a job, and when another one does.'),
  placing: z
    .strictObject({
      bidTimeoutMs: ms
        .default(300)
        .describe('Bids are waited for so long: a busy machine answers late, and jobs take seconds.'),
      maxAsked: count.default(8).describe('Peers asked for a bid, in the order of the job.'),
      quickMs: ms
        .default(1000)
        .describe('A shorter job that could begin here at once is not offered to others.'),
      runTimeoutMs: ms
        .default(5000)
        .describe('Who won has so long to claim the job: its request is written to the disk first.'),
      retryMs: ms
        .default(250)
        .describe('A process that nobody takes jobs of is offered again after about this, then'),
      maxRetryMs: ms.default(5000).describe('ever later, up to this.'),
      maxPlacing: count.default(16).describe('Jobs being placed at a time; the others wait.'),
      patienceMs: ms.default(DAY_MS).describe('A job that nobody could take for so long fails, and says so.'),
      maxAttempts: count
        .default(6)
        .describe(
          'Attempts at a job that may be broken off while they execute before it is given up: it may be what kills its peers. A class that switches off its computers breaks off few.',
        ),
      maxWaiting: count
        .default(1000)
        .describe('Jobs that wait at this peer for somebody to take them; beyond it new ones are refused.'),
    })
    .prefault({})
    .describe('How a peer is found that executes a job.'),
  rebalancing: z
    .strictObject({
      waitedMs: ms
        .default(1000)
        .describe('A job that has waited here for so long is offered to others anew.'),
      leastGainMs: ms
        .default(1000)
        .describe('It goes only to who has it done sooner by so much: a claim is written to three disks.'),
      leastGain: z
        .number()
        .min(0)
        .max(1)
        .default(0.2)
        .describe(
          'And only to who has it done sooner by this share of the time that it would take here: expectations are not exact.',
        ),
      pauseMs: ms
        .default(500)
        .describe('Until the next offer after one that nobody took; twice as long each time.'),
      maxPauseMs: ms
        .default(4000)
        .describe('Longest such pause: each offer asks `jobs.placing.maxAsked` peers.'),
      maxMoves: count
        .max(15)
        .default(8)
        .describe('A job goes from queue to queue so often; then it waits for its turn where it is.'),
    })
    .prefault({})
    .describe('Jobs that wait in the queue of one peer while others have less to do.'),
  execution: z
    .strictObject({
      slots: z
        .int()
        .min(0)
        .default(0)
        .describe('Jobs executed at a time; 0: half of the cores, rounded up, at most 8.'),
      maxQueued: count.default(64).describe('Jobs waiting for a slot; beyond it this peer makes no bids.'),
      maxStoring: count
        .default(8)
        .describe('Jobs that have run, whose outputs are being kept while others run in their slots.'),
      priorDurationMs: ms
        .default(5000)
        .describe('How long a process is taken to run of which nothing is known.'),
      longMs: ms
        .default(60_000)
        .describe('Jobs expected to run longer wait behind the others, and leave them one slot.'),
      fetchBytesPerMs: count
        .default(50_000)
        .describe(
          'How fast outputs of other jobs are taken to arrive, which a bid counts where they are not on the disk: about half of what 1 Gbit/s carries.',
        ),
      yieldMs: ms
        .default(20_000)
        .describe(
          'Jobs of others stand still as soon as the owner works at this machine, and go to another peer after so long: what a charger that was pulled out for a moment undoes is little. Those that only wait here go at once.',
        ),
      progressMs: ms.default(200).describe('Between writings of mere progress.'),
      maxProcesses: count.default(1000).describe('Different processes whose durations are remembered.'),
      logJobs: count
        .default(400)
        .describe(
          'Jobs whose log is kept in memory for people who look at them, copies for other peers included.',
        ),
      logLines: count.default(200).describe('Last lines kept of each: 40 MB in all at the very most.'),
      logLineLength: count.max(500).default(240).describe('Characters of a line; the rest is cut.'),
      logCopyMs: ms
        .default(2000)
        .describe('From a line that a process says until the peers that stand by for the job have it, too.'),
      logCopyLength: count
        .max(64 * KIBIBYTE)
        .default(16 * KIBIBYTE)
        .describe('Characters at the end of the log of an attempt that they have.'),
      maxReferenceBytes: count
        .default(1024 * 1024 * KIBIBYTE)
        .describe('One input that is fetched from the web.'),
      referenceTimeoutMs: ms.default(600_000).describe('Fetching it takes at most so long.'),
      maxRedirects: count.default(5).describe('Redirects followed on the way to it.'),
      allowPrivateHosts: z
        .boolean()
        .default(false)
        .describe(
          'Whether inputs may be fetched from this machine and its own network. Otherwise any web page could make a peer read what only insiders may.',
        ),
    })
    .prefault({})
    .describe('How jobs run here.'),
  answers: z
    .strictObject({
      syncLimitMs: ms
        .default(15_000)
        .describe('Who waits for a result is told the running job instead after this.'),
      maxWaiting: count.default(1000).describe('Clients that wait for results at a time.'),
      maxAccepting: count.default(256).describe('Jobs being accepted at a time.'),
      maxInlineBytes: count
        .default(32 * 1024 * KIBIBYTE)
        .describe('Larger outputs are given by reference, though asked for by value.'),
      callbackAttempts: count
        .default(3)
        .describe('How often an address that a client wants to be told at is tried.'),
      callbackTimeoutMs: ms.default(10_000).describe('Telling it takes at most so long.'),
      callbackRetryMs: ms.default(5000).describe('It is tried again after this.'),
      maxCallbacks: count
        .default(64)
        .describe('Addresses being told at a time; beyond it they are left out.'),
      nextPollMs: ms.default(1000).describe('When clients are told to ask again.'),
    })
    .prefault({})
    .describe('What clients are told.'),
});
