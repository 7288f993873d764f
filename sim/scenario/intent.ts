import type { Fault } from '../faults/fault.ts';
import { chosenOf } from '../layout.ts';
import type { Scenario } from './schema.ts';
import type { TopologyProblem } from './topology.ts';

/**
 * What is possible, and without effect: whoever wrote it down meant something else. Of rooms made by a program,
 * larger, smaller or shorter than they were, it is not asked.
 */
export function intentProblem(scenario: Scenario): TopologyProblem | undefined {
  return (
    providerProblem(scenario) ??
    userProblem(scenario) ??
    bootProblem(scenario) ??
    ownerProblem(scenario) ??
    faultProblem(scenario)
  );
}

function providerProblem({ load: { jobs }, peers }: Scenario): TopologyProblem | undefined {
  const { providers } = jobs;
  if (providers === 'all' || providers <= peers) return undefined;
  return {
    place: 'load.jobs.providers',
    message: `${providers} providers among ${peers} peers; at most ${peers}, or "all"`,
  };
}

function userProblem({ load: { users }, peers }: Scenario): TopologyProblem | undefined {
  if (chosenOf(peers, users) > 0) return undefined;
  const least = Math.ceil(10_000 / peers) / 10_000;
  return {
    place: 'load.users',
    message: `a share of ${users} of ${peers} is nobody, so nothing is asked for; at least ${least}`,
  };
}

function bootProblem({ boot: { fromMs }, durationMs }: Scenario): TopologyProblem | undefined {
  if (fromMs < durationMs) return undefined;
  return {
    place: 'boot.fromMs',
    message: `${fromMs} is too late: from "durationMs" on, which is ${durationMs}, nobody asks for anything any more`,
  };
}

function ownerProblem({ owners: { fromMs, untilMs } }: Scenario): TopologyProblem | undefined {
  if (untilMs === undefined || untilMs >= fromMs) return undefined;
  return {
    place: 'owners.untilMs',
    message: `they leave at ${untilMs} ms, before they come; at least "fromMs", which is ${fromMs}`,
  };
}

function faultProblem(scenario: Scenario): TopologyProblem | undefined {
  for (const [index, fault] of scenario.faults.entries()) {
    const problem = lateness(fault, scenario) ?? cutFromNobody(fault, scenario);
    if (problem) return { ...problem, place: `faults.${index}.${problem.place}` };
  }
  return undefined;
}

function lateness({ atMs }: Fault, { durationMs }: Scenario): TopologyProblem | undefined {
  if (atMs < durationMs) return undefined;
  return {
    place: 'atMs',
    message: `${atMs} is too late: from "durationMs" on, which is ${durationMs}, nothing fails any more`,
  };
}

function cutFromNobody(fault: Fault, { peers }: Scenario): TopologyProblem | undefined {
  if (fault.kind !== 'partition' || new Set(fault.peers).size < peers) return undefined;
  return {
    place: 'peers',
    message:
      peers === 1
        ? 'there is nobody from whom a single peer is cut off'
        : `they are all ${peers}: nobody is left from whom they are cut off; at most ${peers - 1}`,
  };
}
