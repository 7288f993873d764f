import { z } from 'zod';
import { POLICY_NAMES } from '../core/placement.ts';

const positiveMs = z.number().positive();
const count = z.int().positive();

/** Where map requests go: the cost model, bids, reservations and the placement policies. */
export const placementConfig = z.strictObject({
  policy: z
    .enum(POLICY_NAMES)
    .default('bid')
    .describe('How a peer is chosen. All but "bid" are there to compare with.'),
  bid: z
    .strictObject({
      candidates: count
        .default(3)
        .describe('Peers asked at first, this one included: more add messages and hardly lower latency.'),
      furtherCandidates: count
        .default(2)
        .describe(
          'Peers asked at a time when the best bid is dear: three cost more messages for the same latency. In a small mesh as many as at first.',
        ),
      maxAsked: count.default(12).describe('Most peers asked for one request once one has made a bid.'),
      maxAskedInVain: count
        .default(24)
        .describe(
          'Most peers asked while all decline, after which the front door pauses and then asks others: bounds messages under overload.',
        ),
      dearFactor: z
        .number()
        .min(1)
        .default(2)
        .describe(
          'A best bid above this many times the warm service time is dear: in a small mesh further peers are asked, in a larger one a project whose best bids are dear gets more holders.',
        ),
      questionsPerRequest: z
        .number()
        .positive()
        .default(3.1)
        .describe(
          'Other peers asked per request, in the mean, above which only requests that would be answered last are worth further questions: bounds messages under load. Not in a small mesh.',
        ),
      busyFactor: z
        .number()
        .min(1)
        .default(1.5)
        .describe(
          'A bid of a peer with no free worker counts this many times: lowers the median by a seventh.',
        ),
      outsiderFactor: z
        .number()
        .min(1)
        .default(1.5)
        .describe(
          'A dear bid of a peer that is no holder of the project counts this many times: projects that do not all fit in memory are not opened over and over under load.',
        ),
      smallMeshPeers: count
        .default(9)
        .describe(
          'With no more peers than this, all are holders of every project: three asks reach everyone.',
        ),
      standings: z
        .strictObject({
          smoothing: z
            .number()
            .gt(0)
            .max(1)
            .default(0.2)
            .describe('Weight of a new bid: follows a change within some five of them.'),
          best: z
            .number()
            .positive()
            .default(0.2)
            .describe('A bid counts as at least this many times the warm service.'),
          worst: z
            .number()
            .positive()
            .default(10)
            .describe('And as at most this many times, a declined one too: who was full is asked again.'),
          maxPeers: count.default(1_024).describe('Most peers whose bids are remembered.'),
        })
        .prefault({})
        .describe('How low the bids of each peer were lately: those are asked most often.'),
    })
    .prefault({})
    .describe('The policy "bid": synchronous bids in rendezvous order.'),
  circles: z
    .strictObject({
      min: count.default(3).describe('Peers that open a new or rare project, also when they are busy.'),
      maxGroups: count
        .default(1_024)
        .describe('Most projects for which it is remembered on how many peers they are kept open.'),
      shortShare: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.3)
        .describe(
          'Share of a project’s drawings for which its holders may be too busy while others have nothing to do, before it gets more holders.',
        ),
      growth: z
        .number()
        .positive()
        .default(0.6)
        .describe('By which they become more: a tenfold load is met in five steps.'),
      widenEveryMs: positiveMs
        .default(250)
        .describe('Between two such steps: the new holders open the project meanwhile.'),
      narrowEveryMs: positiveMs
        .default(10_000)
        .describe('Between two steps back, of a tenth each: slower than pauses of a lesson.'),
    })
    .prefault({})
    .describe(
      'On how many peers a project is to be open, if they have the time to open it; all peers learn that together.',
    ),
  open: z
    .strictObject({
      maxPeers: count.default(1_024).describe('Most peers of which it is remembered what they have open.'),
      named: count
        .default(8)
        .describe('Peers that are named with every bid to whoever asks: four bytes each.'),
      tellForMs: positiveMs
        .default(5_000)
        .describe('For how long it is told to others what a peer said it has open.'),
    })
    .prefault({})
    .describe('Which projects other peers have open, as their bids say.'),
  prequal: z
    .strictObject({
      poolSize: count.default(16).describe('Most probe answers kept; the paper uses 16.'),
      probesPerRequest: count.default(3).describe('Peers probed after each request; the paper uses 3.'),
      maxAgeMs: positiveMs.default(1000).describe('Older probe answers are dropped; the paper uses 1 s.'),
      hotQuantile: z
        .number()
        .min(0)
        .max(1)
        .default(0.84)
        .describe('Peers above this quantile of requests in flight are hot; the value of the paper.'),
      maxUses: count.default(3).describe('Requests placed by one probe answer before it is used up.'),
    })
    .prefault({})
    .describe('The policy "prequal", for comparison.'),
  bidder: z
    .strictObject({
      maxQueuedPerSlot: count
        .default(8)
        .describe(
          'Tasks waiting per worker above which a peer declines, so that no queue outlives its askers.',
        ),
    })
    .prefault({})
    .describe('When this peer declines to bid.'),
  reservations: z
    .strictObject({
      holdMs: positiveMs
        .default(10)
        .describe(
          'How long a bid keeps its slot: some round trips. Nobody releases it: that would be as many messages as bids.',
        ),
      maxReservations: count
        .default(256)
        .describe('Most slots kept for askers at once; bids beyond it are made without a reservation.'),
    })
    .prefault({})
    .describe('Soft reservations of slots that were offered in a bid.'),
  hedge: z
    .strictObject({
      maxShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.05)
        .describe('Hedges per request: enough for the slowest twentieth, too few to overload the mesh.'),
      maxBurst: count.default(10).describe('Hedges that may come at once after a quiet time.'),
      minDelayMs: positiveMs
        .default(30)
        .describe(
          'A request is never hedged earlier: below this the second request costs more than it saves.',
        ),
    })
    .prefault({})
    .describe('A second peer is asked for an answer that is late.'),
  failures: z
    .strictObject({
      baseMs: positiveMs
        .default(1_000)
        .describe('Time to avoid a peer after its first failure: a killed worker is back by then.'),
      maxMs: positiveMs
        .default(60_000)
        .describe('Longest time to avoid a failing peer before it is tried again.'),
      trialMs: positiveMs
        .default(5_000)
        .describe('While one request tries a peer again, others keep away for at most this long.'),
      forgetMs: positiveMs
        .default(300_000)
        .describe('Without a failure for this long, a peer has a clean record.'),
      maxPeers: count.default(1_024).describe('Most peers whose failures are remembered.'),
    })
    .prefault({})
    .describe('Peers at which requests failed lately are avoided.'),
  costModel: z
    .strictObject({
      maxEntries: count
        .default(4096)
        .describe('Kinds of drawing whose cost is remembered (about 300 bytes each).'),
      smoothing: z
        .number()
        .gt(0)
        .max(1)
        .default(0.1)
        .describe('Weight of a new observation: follows a change within some 10 requests.'),
      priorSamples: z
        .number()
        .positive()
        .default(2)
        .describe(
          'Observations after which a kind of drawing counts as much as the more general kind above it.',
        ),
      priorMs: positiveMs
        .default(60)
        .describe(
          'Service time of a 256 x 256 drawing before anything was learned: a mid-sized map in Mapnik.',
        ),
      maxObservedMs: positiveMs
        .default(60_000)
        .describe(
          'Longer observations count as this long, so that one stuck render does not mark its project for long.',
        ),
    })
    .prefault({})
    .describe('The learned cost of drawings.'),
});
