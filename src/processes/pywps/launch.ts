import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '../sandbox/find-program.ts';
import type { HostParts } from './host.ts';

/** An application as its owner describes it. */
export interface ApplicationSettings {
  /** For messages; the applications of a peer have different ones. */
  readonly name: string;
  /** A Python file, relative to the folder, or a module by its dotted name; after a colon what of it counts. */
  readonly application: string;
  /** Absolute path: where it starts, and where its modules are. */
  readonly folder: string;
  /** Its `pywps.cfg`, relative to the folder; '' for none. */
  readonly config: string;
  /** A name on PATH, or a path relative to the folder. */
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

/** How an application is started; undefined where its Python is not there. */
export function launchOf(
  settings: ApplicationSettings,
  script: string,
  searchPath: string,
): Pick<HostParts, 'launch' | 'argumentsFor'> | undefined {
  const folder = path.resolve(settings.folder);
  const python = settings.python.includes('/') ? path.resolve(folder, settings.python) : settings.python;
  const program = findProgram(python, searchPath);
  if (program === undefined) return undefined;
  const [, source = '', name = ''] = /^(.*?)(?::(\w+))?$/.exec(settings.application) ?? [];
  const application = source.endsWith('.py') ? path.resolve(folder, source) : source;
  const config = settings.config === '' ? '' : path.resolve(folder, settings.config);
  const files = [application, config].filter((file) => path.isAbsolute(file)).map(path.dirname);
  return {
    launch: {
      program,
      environment: { ...settings.environment, ...(config !== '' && { PYWPS_CFG: config }) },
      network: settings.network,
      files: [],
      folders: [folder, ...files, ...settings.readOnlyFolders, ...homesOf(program), path.dirname(script)],
    },
    argumentsFor: (scratch) => [script, JSON.stringify({ application, name, folder, scratch })],
  };
}

/** Where the libraries of a Python are that is not the system's: of a virtual environment, and of what it is made of. */
function homesOf(program: string): string[] {
  const homes = [program, realpathSync(program)].map((file) => path.dirname(path.dirname(file)));
  return homes.filter(
    (home) =>
      home !== path.parse(home).root &&
      !`${home}/`.startsWith('/usr/') &&
      ['pyvenv.cfg', 'lib', 'lib64'].some((name) => existsSync(path.join(home, name))),
  );
}
