import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Config, loadConfig, type Overrides } from '../config.ts';
import { defaultDataFolder } from '../data/data-dir.ts';
import { UsageError } from './failure.ts';

/** What commander makes of the command line of `start`; absent where an option was not given. */
export interface StartOptions {
  readonly json?: true;
  readonly port?: number;
  readonly host?: string;
  readonly listen?: readonly string[];
  readonly data?: string;
  readonly config?: string;
  readonly join?: string;
  readonly seed?: readonly string[];
  readonly mdns?: boolean;
  readonly projects?: readonly string[];
  readonly workers?: number;
  readonly logLevel?: string;
  readonly policy?: string;
  readonly name?: string;
}

/** The setting that each option of the command line replaces. */
const PLACES = {
  port: { place: 'http.port', source: '--port' },
  host: { place: 'http.host', source: '--host' },
  listen: { place: 'network.listen', source: '--listen' },
  data: { place: 'node.data', source: '--data' },
  join: { place: 'node.join', source: '--join' },
  seed: { place: 'membership.seeds', source: '--seed' },
  projects: { place: 'projects.folders', source: '--projects' },
  workers: { place: 'engines.workers', source: '--workers' },
  logLevel: { place: 'node.logLevel', source: '--log-level' },
  policy: { place: 'placement.policy', source: '--policy' },
  name: { place: 'node.name', source: '--name' },
} as const;

/** Settings of the command line over those of the file; `node.data` and `projects.folders` are absolute. */
export async function configOf(options: StartOptions): Promise<Config> {
  const overrides = new Map<string, { value: unknown; source: string }>();
  for (const [option, { place, source }] of Object.entries(PLACES)) {
    const value = options[option as keyof typeof PLACES];
    if (value !== undefined) overrides.set(place, { value: absolute(option, value), source });
  }
  if (options.mdns === false) overrides.set('network.mdns', { value: false, source: '--no-mdns' });
  await checkOptions(overrides);
  const config = await loadConfig(options.config ?? fileOfDataFolder(options.data), overrides);
  return { ...config, node: { ...config.node, data: config.node.data || defaultDataFolder() } };
}

/** Options that are wrong by themselves are wrong usage, whatever the file says. */
async function checkOptions(overrides: Overrides): Promise<void> {
  try {
    await loadConfig(undefined, overrides);
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
  for (const folder of (overrides.get('projects.folders')?.value ?? []) as readonly string[]) {
    if (!existsSync(folder)) throw new UsageError(`--projects: there is no folder ${folder}`);
  }
}

function absolute(option: string, value: unknown): unknown {
  if (option === 'data') return path.resolve(value as string);
  if (option === 'projects') return (value as string[]).map((folder) => path.resolve(folder));
  return value;
}

function fileOfDataFolder(data: string | undefined): string | undefined {
  const file = path.join(data ?? defaultDataFolder(), 'config.yaml');
  return existsSync(file) ? file : undefined;
}
