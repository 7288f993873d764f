import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readConfigFile } from '../../src/config/file.ts';
import { GismeshError } from '../../src/core/errors.ts';
import { nearestName } from '../../src/projects/metadata.ts';
import { idleSetting } from './idle-settings.ts';
import { intentProblem } from './intent.ts';
import { firstProblem } from './problem.ts';
import { type Scenario, scenarioSchema } from './schema.ts';
import { type TopologyProblem, topologyProblem } from './topology.ts';

const SHIPPED = path.resolve(import.meta.dirname, '../scenarios');

/** Names of the scenarios that come with gismesh. */
export function shippedScenarios(): string[] {
  return readdirSync(SHIPPED)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * A scenario by the name of a shipped one, or from a YAML file. Rejects `CONFIG_INVALID` with one line: the place,
 * what is wrong, and for an unknown name the nearest known one.
 */
export async function loadScenario(nameOrPath: string): Promise<Scenario> {
  const names = shippedScenarios();
  if (names.includes(nameOrPath) || /[./\\]/.test(nameOrPath))
    return await readScenario(scenarioFile(nameOrPath));
  throw new GismeshError(
    'CONFIG_INVALID',
    `There is no scenario "${nameOrPath}"${nearestName(nameOrPath, names) || `; there are ${names.join(', ')}`}`,
  );
}

/** The file of a shipped scenario, by its name; a path is its own. */
export function scenarioFile(nameOrPath: string): string {
  return shippedScenarios().includes(nameOrPath) ? path.join(SHIPPED, `${nameOrPath}.yaml`) : nameOrPath;
}

async function readScenario(path: string): Promise<Scenario> {
  const file = await readConfigFile(path);
  const describePlace = (place: string) => [file.position(place), place].filter(Boolean).join(': ');
  const scenario = parseScenario(file.content, describePlace);
  refuse(idleSetting(file.content) ?? intentProblem(scenario), describePlace);
  return scenario;
}

/** Checks settings that are a scenario. `describePlace` says where a dotted place is for the reader. */
export function parseScenario(
  content: unknown,
  describePlace: (place: string) => string = (place) => place,
): Scenario {
  const result = scenarioSchema.safeParse(content);
  if (!result.success) {
    throw new GismeshError('CONFIG_INVALID', firstProblem(result.error, content, describePlace));
  }
  refuse(topologyProblem(result.data), describePlace);
  return result.data;
}

function refuse(problem: TopologyProblem | undefined, describePlace: (place: string) => string): void {
  if (problem)
    throw new GismeshError('CONFIG_INVALID', `${describePlace(problem.place)}: ${problem.message}`);
}
