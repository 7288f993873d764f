import type { Fault } from '../faults/fault.ts';
import { TILES_OF_VIEW } from '../load/one-view.ts';
import type { Scenario } from './schema.ts';

/** Of the whole room: each costs real time, and within a twentieth of a simulated second nothing can be interrupted. */
const MAX_REQUESTS_PER_SECOND = 100_000;

/** What makes a scenario impossible although each of its values is possible. */
export interface TopologyProblem {
  /** Dotted place of the setting. */
  readonly place: string;
  readonly message: string;
}

export function topologyProblem(scenario: Scenario): TopologyProblem | undefined {
  return (
    siteProblem(scenario) ??
    shareProblem(scenario) ??
    projectProblem(scenario) ??
    loadProblem(scenario) ??
    rateProblem(scenario) ??
    timeProblem(scenario) ??
    faultProblem(scenario)
  );
}

function siteProblem({ sites, peers }: Scenario): TopologyProblem | undefined {
  if (sites.length === 0) return undefined;
  const sum = sites.reduce((total, site) => total + site.peers, 0);
  if (sum !== peers) {
    return {
      place: 'sites',
      message: `their peers are ${sum} together, not ${peers}; the nearest that fits is "peers: ${sum}"`,
    };
  }
  const names = sites.map((site) => site.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined
    ? undefined
    : { place: 'sites', message: `two of them are named "${twice}"; give each a name of its own` };
}

function shareProblem({ machines }: Scenario): TopologyProblem | undefined {
  const sum = machines.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) <= 0.011) return undefined;
  return {
    place: 'machines',
    message: `the shares of the classes are ${round(sum)} together; they must be 1`,
  };
}

function projectProblem({ projects, peers }: Scenario): TopologyProblem | undefined {
  const { holders } = projects;
  if (holders === 'all' || holders <= peers) return undefined;
  return {
    place: 'projects.holders',
    message: `${holders} holders among ${peers} peers; at most ${peers}, or "all"`,
  };
}

function loadProblem({ load }: Scenario): TopologyProblem | undefined {
  const given = [load.ofCapacity, load.perUserPerSecond].filter((value) => value !== undefined).length;
  if (load.kind === 'one-view' && given > 0) {
    return { place: 'load', message: '"one-view" goes by "everyMs" and takes no rate' };
  }
  if (load.kind === 'one-view' || given === 1) return undefined;
  return {
    place: 'load',
    message: 'give one of "ofCapacity" and "perUserPerSecond", e.g. "ofCapacity: 0.75"',
  };
}

function rateProblem(scenario: Scenario): TopologyProblem | undefined {
  const rate = requestsPerSecond(scenario);
  if (rate <= MAX_REQUESTS_PER_SECOND) return undefined;
  return {
    place: 'load',
    message: `${Math.round(rate)} requests a second in the whole room are too many; the most is ${MAX_REQUESTS_PER_SECOND}`,
  };
}

/** Of the whole room, at the most. */
function requestsPerSecond({ load, peers, machines, service }: Scenario): number {
  const users = Math.max(1, load.users * peers);
  if (load.kind === 'one-view') return (users * TILES_OF_VIEW * 1000) / load.everyMs;
  if (load.perUserPerSecond !== undefined) return users * load.perUserPerSecond;
  const speeds = machines.reduce((total, { share, speed, slots }) => total + share * speed * slots, 0);
  return ((load.ofCapacity ?? 0) * peers * speeds * 1000) / service.meanMs;
}

function timeProblem({ warmUpMs, durationMs }: Scenario): TopologyProblem | undefined {
  if (warmUpMs < durationMs) return undefined;
  return {
    place: 'warmUpMs',
    message: `${warmUpMs} ms of warm-up leave nothing of ${durationMs} ms to count; less than "durationMs"`,
  };
}

function faultProblem(scenario: Scenario): TopologyProblem | undefined {
  for (const [index, fault] of scenario.faults.entries()) {
    const problem = problemOf(fault, scenario);
    if (problem) return { ...problem, place: `faults.${index}.${problem.place}` };
  }
  return undefined;
}

/** The place is one within the fault. */
function problemOf(
  fault: Fault,
  { peers, projects }: Pick<Scenario, 'peers' | 'projects'>,
): TopologyProblem | undefined {
  const [place, concerned] = 'peers' in fault ? ['peers', fault.peers] : ['peer', [fault.peer]];
  const stranger = concerned.find((peer) => peer >= peers);
  if (stranger !== undefined) {
    const message = `there is no peer ${stranger}: peers are 0 to ${peers - 1}; the nearest is ${peers - 1}`;
    return { place, message };
  }
  if (fault.kind === 'project-change' && fault.project >= projects.count) {
    const message = `there is no project ${fault.project}; the nearest is ${projects.count - 1}`;
    return { place: 'project', message };
  }
  return undefined;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
