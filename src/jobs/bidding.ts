import { composeBid } from '../core/bid.ts';
import type { OwnerAllowance } from '../core/owner-policy.ts';
import type { Clock } from '../platform/clock.ts';
import type { Attempt } from './attempt.ts';
import type { AttemptQueue } from './attempt-queue.ts';
import type { NeededData } from './chaining.ts';
import type { LocalProcesses } from './offered-processes.ts';
import type { OutputStore } from './outputs.ts';

export interface BidOptions {
  readonly slots: number;
  readonly maxQueued: number;
  /** How fast outputs of other jobs arrive. */
  readonly fetchBytesPerMs: number;
  /** What one run may take. */
  readonly memoryBytes: number;
}

/** What a bid is asked for. */
export interface BidQuestion {
  readonly process: string;
  readonly version: string;
  /** A client waits for it. */
  readonly urgent: boolean;
  /** It was not submitted at this machine, whose owner may need it. */
  readonly forOthers: boolean;
  /** What it takes besides its request. */
  readonly data?: readonly NeededData[];
}

/** What a peer bids for a job. */
export interface JobBid {
  /** From now until the end, ms; infinite: declined. */
  readonly expectedMs: number;
  readonly reason: string;
  /** It could begin at once. */
  readonly isIdle: boolean;
}

/** What is under way at the bidder. */
interface BidderState {
  readonly queue: AttemptQueue;
  /** Those that hold a slot. */
  readonly working: readonly Attempt[];
  /** Jobs whose claims are being written. */
  readonly claiming: number;
  readonly draining: boolean;
}

interface BidderParts {
  readonly clock: Clock;
  readonly provider: LocalProcesses;
  readonly outputs: OutputStore;
  readonly owner: OwnerAllowance;
  readonly options: BidOptions;
}

/** In words that people read; other reasons are words already. */
const DECLINED: Readonly<Record<string, string>> = {
  'no bundle': 'it does not offer the process',
  draining: 'it is leaving',
  owner: 'somebody works at it, or it runs on battery',
  'no worker': 'it executes no jobs',
  'queue full': 'its queue is full',
};

/** When this peer expects to have such a job done, by what it has to do before. */
export function jobBid(
  { process, version, urgent, forOthers, data = [] }: BidQuestion,
  { queue, working, claiming, draining }: BidderState,
  { clock, provider, outputs, owner, options }: BidderParts,
): JobBid {
  const description = provider.find(process);
  const expectation = provider.expectation(process);
  const nowMs = clock.now();
  const runningMs = working.map((attempt) => queue.restMs(attempt, nowMs));
  const serviceMs = queue.expectedMs(process);
  // Those behind it are not waited for.
  const queuedMs = queue.aheadMs(process, urgent);
  let missingBytes = 0;
  for (const { artifact, bytes } of data) if (!outputs.holds(artifact)) missingBytes += bytes;
  const coldMs = missingBytes / options.fetchBytesPerMs;
  const offer = composeBid(
    {
      slots: options.slots,
      runningMs,
      queuedMs,
      reservedMs: new Array<number>(claiming).fill(serviceMs),
      speed: 1,
      ownerNeedsMachine: forOthers && !owner.takesJobsOfOthers,
      draining,
    },
    {
      serviceMs,
      coldMs,
      holdsBundle: description?.version === version && expectation !== undefined,
      cached: false,
    },
    { maxQueuedPerSlot: Math.ceil(options.maxQueued / Math.max(1, options.slots)) },
  );
  const { declined } = offer;
  // Long jobs leave a slot to the others.
  const waitMs = queue.waitMs(process, urgent, working, nowMs);
  const expectedMs = Math.max(offer.expectedMs, waitMs + coldMs + serviceMs);
  if (declined === undefined && !outputs.hasRoom()) return declines('its artifact store has no room');
  if (declined === undefined && (expectation?.memoryBytes ?? 0) > options.memoryBytes) {
    return declines(
      'its runs may not take as much memory as the process does (processes.limits.memoryBytes)',
    );
  }
  const reason = declined === undefined ? '' : (DECLINED[declined] ?? declined);
  const underWay = working.length + queue.size + claiming;
  return { expectedMs, reason, isIdle: underWay < options.slots && waitMs === 0 };
}

function declines(reason: string): JobBid {
  return { expectedMs: Infinity, reason, isIdle: false };
}
