import path from 'node:path';
import { z } from 'zod';
import { artifactsConfig } from './config/artifacts.ts';
import { enginesConfig } from './config/engines.ts';
import { type ConfigFile, readConfigFile } from './config/file.ts';
import { httpConfig } from './config/http.ts';
import { jobsConfig } from './config/jobs.ts';
import { mapsConfig } from './config/maps.ts';
import { membershipConfig } from './config/membership.ts';
import { networkConfig } from './config/network.ts';
import { nodeConfig } from './config/node.ts';
import { ogcConfig } from './config/ogc.ts';
import { ownerConfig } from './config/owner.ts';
import { placementConfig } from './config/placement.ts';
import { describeIssues } from './config/problems.ts';
import { processesConfig } from './config/processes.ts';
import { projectsConfig } from './config/projects.ts';
import { GismeshError } from './core/errors.ts';

/** Every setting, default and bound of a peer, one section per room. `docs/configuration.md` lists them. */
export const configSchema = z.strictObject({
  node: nodeConfig.prefault({}),
  http: httpConfig.prefault({}),
  projects: projectsConfig.prefault({}),
  engines: enginesConfig.prefault({}),
  maps: mapsConfig.prefault({}),
  jobs: jobsConfig.prefault({}),
  processes: processesConfig.prefault({}),
  artifacts: artifactsConfig.prefault({}),
  owner: ownerConfig.prefault({}),
  ogc: ogcConfig.prefault({}),
  placement: placementConfig.prefault({}),
  network: networkConfig.prefault({}),
  membership: membershipConfig.prefault({}),
});

export type Config = z.output<typeof configSchema>;

/** Settings by their place in the schema, e.g. `{ 'http.port': 8081 }`; each names the option it came from. */
export type Overrides = ReadonlyMap<string, { readonly value: unknown; readonly source: string }>;

/** Settings that name files, `*` standing for each of a list; in a configuration file they are relative to that file. */
const PATHS = [
  'node.data',
  'projects.folders',
  'processes.commands.folders',
  'processes.sandbox.readOnlyFolders',
  'processes.pywps.applications.*.folder',
  'processes.pywps.applications.*.readOnlyFolders',
];

/**
 * Defaults, then the file's settings, then those of the command line. Rejects `CONFIG_INVALID` with every
 * problem on a line of its own: the place, what is wrong, and for an unknown key the nearest known one.
 */
export async function loadConfig(
  file: string | undefined,
  overrides: Overrides = new Map(),
): Promise<Config> {
  const fromFile = file === undefined ? undefined : await readConfigFile(file);
  const settings = fromFile ? checkedFile(fromFile) : {};
  for (const [place, { value }] of overrides) setAt(settings, place, value);
  const result = configSchema.safeParse(settings);
  if (result.success) return result.data;
  const describePlace = (place: string) => overrides.get(place)?.source ?? place;
  throw invalid(describeIssues(result.error, configSchema, describePlace));
}

/** The file alone first, so that its problems are told with their lines. */
function checkedFile(file: ConfigFile): Record<string, unknown> {
  const result = configSchema.safeParse(file.content);
  if (!result.success) {
    throw invalid(describeIssues(result.error, configSchema, (place) => `${file.position(place)}: ${place}`));
  }
  const absolute = (text: string) => (text === '' ? text : path.resolve(path.dirname(file.path), text));
  for (const place of PATHS) changeTexts(file.content, place.split('.'), absolute);
  return file.content;
}

function invalid(problems: readonly string[]): GismeshError {
  return new GismeshError('CONFIG_INVALID', problems.join('\n'));
}

/** Changes the text, or each of the list of texts, at a place where there is one. */
function changeTexts(
  at: unknown,
  [key = '', ...rest]: readonly string[],
  change: (text: string) => string,
): void {
  if (typeof at !== 'object' || at === null) return;
  const inner = at as Record<string, unknown>;
  for (const each of key === '*' ? Object.keys(inner) : [key]) {
    const value = inner[each];
    if (rest.length > 0) changeTexts(value, rest, change);
    else if (typeof value === 'string') inner[each] = change(value);
    else if (Array.isArray(value)) inner[each] = value.map(change);
  }
}

function setAt(settings: Record<string, unknown>, place: string, value: unknown): void {
  const keys = place.split('.');
  const last = keys.pop() as string;
  let at = settings;
  for (const key of keys) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  at[last] = value;
}
