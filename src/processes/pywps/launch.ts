import path from 'node:path';
import type { HostParts } from './host.ts';
import type { Python } from './python.ts';

/** An application as its owner describes it. */
export interface ApplicationSettings {
  /** For messages; the applications of a peer have different ones. */
  readonly name: string;
  /** A Python file, relative to the folder, or a module by its dotted name; after a colon what of it counts. */
  readonly application: string;
  /** Where it starts, and where its modules are. */
  readonly folder: string;
  /** Its `pywps.cfg`, relative to the folder; '' for none. */
  readonly config: string;
  /** A name on PATH, or a path relative to the folder; '': the first that has PyWPS. */
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly network: boolean;
  readonly readOnlyFolders: readonly string[];
  readonly idempotent: boolean;
  readonly expected: {
    readonly seconds?: number | undefined;
    readonly cores: number;
    readonly memoryMiB?: number | undefined;
  };
}

/** How an application is started. `script`: absolute path of host.py. */
export function launchOf(
  settings: ApplicationSettings,
  { program, folders, environment }: Python,
  script: string,
): Pick<HostParts, 'launch' | 'argumentsFor'> {
  const folder = path.resolve(settings.folder);
  const [, source = '', name = ''] = /^(.*?)(?::(\w+))?$/.exec(settings.application) ?? [];
  const application = source.endsWith('.py') ? path.resolve(folder, source) : source;
  const config = settings.config === '' ? '' : path.resolve(folder, settings.config);
  const files = [application, config].filter((file) => path.isAbsolute(file)).map(path.dirname);
  return {
    launch: {
      program,
      environment: { ...environment, ...settings.environment, ...(config !== '' && { PYWPS_CFG: config }) },
      network: settings.network,
      files: [],
      folders: [...folders, path.dirname(script), folder, ...files, ...settings.readOnlyFolders],
    },
    argumentsFor: (scratch) => [script, JSON.stringify({ application, name, folder, scratch })],
  };
}
