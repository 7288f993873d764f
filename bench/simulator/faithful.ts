import { startDay } from '../../sim/day.ts';
import { Clients } from '../../sim/load/clients.ts';
import { viewOf } from '../../sim/load/views.ts';
import { projectId } from '../../sim/projects.ts';
import { Room } from '../../sim/room.ts';
import { parseScenario } from '../../sim/scenario/load.ts';
import type { MapView } from '../../src/ogc/map-request.ts';
import { startMesh } from '../../test/system/helpers/peer-process.ts';
import { ForeignLoad } from '../lib/cores.ts';
import { type Answer, type Arrivals, dueTimes, offer, uncachedImages } from '../lib/load.ts';
import { type BenchmarkOptions, milliseconds, type Row } from '../lib/report.ts';
import { PROJECT, standIn } from '../lib/stand-in.ts';
import { type Summary, summary } from '../lib/stats.ts';

const PEERS = 8;
const SLOTS = 2;
const SERVICE_MS = 100;
const TILE_BYTES = 30_000;
/** Images per second that all peers together can draw. */
const CAPACITY = (PEERS * SLOTS * 1000) / SERVICE_MS;
const WARM_UP_SECONDS = 12;
/** Simulated machines have no code to warm up; this is for what peers learn of drawings. */
const SIMULATED_WARM_UP_SECONDS = 5;
/** Until all simulated peers know each other. */
const SIMULATED_BOOT_MS = 10_000;
/** After the last request, ms. */
const LAST_ANSWERS_MS = 5_000;
const SEED = 1;
/** No figure may be off by more. */
const TOLERANCE = 0.25;

/** Nine processes that share the cores of one machine. */
const ONE_MACHINE = { latencyMs: 0.05, jitterMs: 0.05, bandwidthMbit: 10_000 };
/** Of the capacity: little enough that nobody waits, enough that the front door cannot draw everything itself. */
const LIGHT_SHARE = 0.12;
const LIGHT_SECONDS = 15;
/** One after the other when another peer draws: a bid and its answer, a drawing, the front doors' part of each. */
const MESSAGES_IN_TURN = 6;

interface Load {
  readonly share: number;
  readonly arrivals: Arrivals;
}

const LOADS: readonly Load[] = [
  { share: 0.6, arrivals: 'even' },
  { share: 0.6, arrivals: 'poisson' },
  { share: 0.8, arrivals: 'even' },
  { share: 0.8, arrivals: 'poisson' },
];

interface Measured extends Summary {
  /** What other programs took of the cores meanwhile, 0..1: nothing that the simulator knows of. */
  readonly foreignLoad: number;
}

/**
 * What messages and drawings take on this machine at this hour, measured on the real mesh under a light load: figures
 * of the machine and not of the program, which the simulator cannot know.
 */
interface Calibration {
  readonly processingMs: number;
  readonly serviceMs: number;
}

/** The same load on eight real peers and on eight simulated ones: do latencies agree? */
export async function faithful({ seconds }: BenchmarkOptions): Promise<Row[]> {
  const setup = await standIn({ serviceMs: SERVICE_MS, slots: SLOTS, tileBytes: TILE_BYTES });
  try {
    const { measured, calibration } = await measure(setup.args, seconds);
    const rows: Row[] = [];
    for (const [index, load] of LOADS.entries()) {
      rows.push(rowOf(load, measured[index]!, await simulate(load, seconds, calibration), calibration));
    }
    return rows;
  } finally {
    await setup.remove();
  }
}

function rowOf({ share, arrivals }: Load, real: Measured, simulated: Summary, calibration: Calibration): Row {
  const off = (figure: 'p50' | 'p95') => simulated[figure] / real[figure] - 1;
  const said = (figure: 'p50' | 'p95') =>
    `${figure} ${milliseconds(real[figure])} real, ${milliseconds(simulated[figure])} simulated (${percent(off(figure))})`;
  return {
    what: `${PEERS} real peers and ${PEERS} simulated ones, one front door, ${share * 100} % of capacity, ${arrivals} arrivals`,
    bar: 'p50 and p95 agree within 25 %',
    measured: `${said('p50')}; ${said('p95')}; other programs took ${percent(real.foreignLoad)} of the cores`,
    passed: Math.abs(off('p50')) <= TOLERANCE && Math.abs(off('p95')) <= TOLERANCE,
    details: { real, simulated, calibration },
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** Processes on this machine, one load after the other on the same mesh. */
async function measure(
  args: readonly string[],
  seconds: number,
): Promise<{ measured: Measured[]; calibration: Calibration }> {
  const peers = await startMesh(PEERS, { args });
  try {
    const urls = uncachedImages(peers[0]!.url, PROJECT, SEED);
    const pids = peers.map(({ pid }) => pid);
    await offer(urls, CAPACITY / 2, WARM_UP_SECONDS, 'even');
    const calibration = calibrated(
      await offer(urls, CAPACITY * LIGHT_SHARE, LIGHT_SECONDS, 'poisson'),
      peers[0]!.ready.peerId,
    );
    const measured: Measured[] = [];
    for (const { share, arrivals } of LOADS) {
      const foreign = await ForeignLoad.begin(pids);
      const answers = await offer(urls, CAPACITY * share, seconds, arrivals);
      const failed = answers.filter(({ status }) => status !== 200).length;
      if (failed > 0) throw new Error(`${failed} of ${answers.length} requests failed`);
      measured.push({ ...summary(answers.map(({ ms }) => ms)), foreignLoad: await foreign.share() });
    }
    return { measured, calibration };
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

function calibrated(answers: readonly Answer[], door: string): Calibration {
  const { true: here = [], false: there = [] } = Object.groupBy(answers, ({ headers }) =>
    String(headers['x-gismesh-peer'] === door),
  );
  const [local, remote] = [here, there].map((some) => summary(some!.map(({ ms }) => ms)));
  if (!(local!.count > 0 && remote!.count > 0)) throw new Error('the light load was drawn in one place only');
  const processingMs = Math.max(0, remote!.p50 - local!.p50) / MESSAGES_IN_TURN;
  // A request over HTTP is one more thing that the front door is busy with.
  return { processingMs, serviceMs: Math.max(SERVICE_MS, local!.p50 - processingMs) };
}

/** The same in virtual time, on a mesh of its own for each load. */
async function simulate(
  { share, arrivals }: Load,
  seconds: number,
  calibration: Calibration,
): Promise<Summary> {
  const room = new Room(scenario(calibration), SEED);
  const { time } = room.world;
  const door = room.seats[0]!;
  const clients = new Clients(room);
  const latencies: number[] = [];
  const views = scatteredViews();
  const ask = async (view: MapView, sentMs: number, counted: boolean) => {
    await clients.ask(door, view);
    if (counted) latencies.push(time.nowMs - sentMs);
  };
  const send = (ratePerSecond: number, forSeconds: number, how: Arrivals, counted: boolean) => {
    const beginMs = time.nowMs;
    for (const due of dueTimes(ratePerSecond, forSeconds, how)) {
      const { value } = views.next();
      const sentMs = beginMs + due;
      // It comes over HTTP: one more thing that the front door is busy with.
      const arrive = () => door.peer.life?.process.clock.deliver(() => void ask(value, sentMs, counted));
      time.at(sentMs, arrive);
    }
  };
  room.observe((event) => {
    if (event.kind === 'request-failed') throw new Error(`a simulated request failed: ${event.code}`);
  });
  startDay(room);
  await time.advance(SIMULATED_BOOT_MS);
  send(CAPACITY / 2, SIMULATED_WARM_UP_SECONDS, 'even', false);
  await time.advance(SIMULATED_WARM_UP_SECONDS * 1000);
  send(CAPACITY * share, seconds, arrivals, true);
  await time.advance(seconds * 1000 + LAST_ANSWERS_MS);
  return summary(latencies);
}

function scenario({ processingMs, serviceMs }: Calibration) {
  return parseScenario({
    name: 'eight-peers',
    description: 'Eight equal peers with one project.',
    peers: PEERS,
    machines: [{ share: 1, speed: 1, slots: SLOTS }],
    projects: { count: 1 },
    service: { meanMs: serviceMs, projectSigma: 0, sigma: 0, tileBytes: TILE_BYTES },
    load: { perUserPerSecond: 1 },
    network: { ...ONE_MACHINE, processingMs },
  });
}

/** Views that no cache holds: those of the real load. */
function* scatteredViews(): Generator<MapView, never> {
  const urls = uncachedImages('', PROJECT, SEED);
  for (;;) {
    const bbox = new URL(urls.next().value, 'http://simulated').searchParams.get('BBOX')!;
    const [west, south, east, north] = bbox.split(',').map(Number);
    yield { ...viewOf(projectId(0), [west!, south!, east!, north!]), crs: 'EPSG:4326' };
  }
}
