import type { Config } from '../../src/config.ts';
import type { Scenario } from '../scenario/schema.ts';
import { AccountsChecker } from './accounts.ts';
import type { Checker } from './checker.ts';
import { ConvergenceChecker } from './convergence.ts';
import { DeathsChecker } from './deaths.ts';
import { type GossipBounds, GossipChecker } from './gossip.ts';
import { JobAgreementChecker } from './job-agreement.ts';
import { JobEndingsChecker } from './job-endings.ts';
import { JobEpochsChecker } from './job-epochs.ts';
import { JobLeasesChecker } from './job-leases.ts';
import { JobOrderChecker } from './job-order.ts';
import { JobQueuesChecker } from './job-queues.ts';
import { JobResultsChecker } from './job-results.ts';
import { JobSubmissionsChecker } from './job-submissions.ts';
import { JobTakeoversChecker } from './job-takeovers.ts';
import { RequestsChecker } from './requests.ts';
import { ReunionChecker } from './reunion.ts';
import type { RoomView } from './room-view.ts';
import { SpreadChecker } from './spread.ts';
import { WorkChecker } from './work.ts';

/** Holders that a front door asks in turn for the description of a project, and its pause after that. */
const DESCRIPTION_TRIES = 5;
/** Of what gossip may cost. */
const WINDOW_MS = 10_000;
/** Peers to which each one passes a publication on. */
const PASSED_ON_TO = 6;
/** Pings, probes for others, and the answers to both, that a peer sends within a window when all around it fails. */
const HEARTBEATS = 1_000;
/** A member as it stands in a message, each project that it has, and a message of anything else. */
const RECORD_BYTES = 400;
const PROJECT_BYTES = 64;
const MESSAGE_BYTES = 150;

/** Calls of the membership that one heartbeat of a peer, and those of the others, may have under way. */
const CALLS_PER_HEARTBEAT = 8;
/** Times the mean: one message of 150 takes longer. */
const LONG_JITTER = 5;
const BYTES_PER_MS_AND_MBIT = 125;

/** New checkers of everything that such a room promises; one run each. */
export function allCheckers(
  { settings, load, network, link, projects, service }: Scenario,
  peers: number,
): Checker<RoomView>[] {
  const { requestTimeoutMs, renderTimeoutMs, maxAttempts, maxFlights } = settings.maps;
  const { abandonedMs, describeTimeoutMs } = settings.maps;
  const acquaintanceMs = settings.membership.dial.reunion.maxMs;
  const descriptionMs = DESCRIPTION_TRIES * describeTimeoutMs;
  return [
    new RequestsChecker({
      requestTimeoutMs,
      maxAttempts,
      maxFlights,
      acquaintanceMs,
      descriptionMs,
      renderTimeoutMs,
      coldMs: projects.coldMs,
      sigma: service.sigma,
    }),
    new AccountsChecker(settings, callsAtRest(settings.membership.heartbeat, network, link)),
    new ConvergenceChecker(),
    new DeathsChecker(),
    new ReunionChecker(peers),
    new GossipChecker(gossipBounds(settings, peers, projectsOfEach(projects, peers))),
    new SpreadChecker(),
    new WorkChecker(abandonedMs),
    ...(load.jobs.perMinute > 0 ? jobCheckers(settings.jobs) : []),
  ];
}

function jobCheckers(config: Config['jobs']): Checker<RoomView>[] {
  return [
    new JobSubmissionsChecker(config.replication.copies, config.statuses),
    new JobEndingsChecker(),
    new JobEpochsChecker(config.lease.expireMs),
    new JobOrderChecker(),
    new JobResultsChecker(config.replication.copies),
    new JobAgreementChecker(config.statuses),
    new JobTakeoversChecker(config.lease),
    new JobLeasesChecker(config.lease.expireMs, config.statuses),
    new JobQueuesChecker(config),
  ];
}

/** Messages under way, of as many heartbeats as begin while the first one's answer comes. */
function callsAtRest(
  { periodMs }: Config['membership']['heartbeat'],
  network: Scenario['network'],
  link: Scenario['link'],
): number {
  const oneWayMs =
    network.latencyMs +
    link.latencyMs +
    LONG_JITTER * network.jitterMs +
    network.processingMs +
    MESSAGE_BYTES / (network.bandwidthMbit * BYTES_PER_MS_AND_MBIT);
  return Math.floor(CALLS_PER_HEARTBEAT * (1 + (2 * oneWayMs) / periodMs));
}

/** What follows from the configuration: everyone publishes as often as it may, and meets all its neighbours anew. */
export function gossipBounds(
  { membership: { news, dial, sync } }: Config,
  peers: number,
  projects: number,
): GossipBounds {
  const publications = peers * (1 + WINDOW_MS / news.floorMs);
  const messages = HEARTBEATS + PASSED_ON_TO * publications;
  const hellos = 2 * Math.min(peers, dial.fullMesh);
  const recordsInHello = Math.min(peers, sync.tellAllMembers);
  const recordBytes = RECORD_BYTES + PROJECT_BYTES * projects;
  const bytes = MESSAGE_BYTES * messages + recordBytes * hellos * recordsInHello;
  return { messages, bytes, windowMs: WINDOW_MS };
}

/** Of those that a computer of the room has: all, or its share of those that only some have. */
function projectsOfEach({ count, holders }: Scenario['projects'], peers: number): number {
  return holders === 'all' ? count : Math.ceil((count * holders) / peers);
}
