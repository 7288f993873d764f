import { access, constants, mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDescription } from '../config/description-file.ts';
import type { Config } from '../config.ts';
import { commonCacheFolder, type DataDir } from '../data/data-dir.ts';
import type { Log } from '../platform/log.ts';
import { systemClock } from '../platform/system.ts';
import { BuiltInProcesses } from '../processes/built-in/provider.ts';
import { openCommands } from '../processes/open-commands.ts';
import type { ProcessProvider } from '../processes/process.ts';
import { PywpsProcesses } from '../processes/pywps/provider.ts';
import { QgisProcesses } from '../processes/qgis/provider.ts';
import { findSandbox } from '../processes/sandbox/find-sandbox.ts';
import type { Sandbox } from '../processes/sandbox/launch.ts';
import { shippedCommandFolder } from './built-folder.ts';

/** What a provider can use of this machine. */
interface Place {
  readonly config: Config['processes'];
  readonly data: DataDir;
  readonly projDatabase: string | undefined;
  readonly cores: number;
  /** Runs at once where nothing else is said: each of the slots may have one beside another that stands still. */
  readonly maxRuns: number;
  /** What PATH holds. */
  readonly searchPath: string;
  /** Undefined where programs may not run. */
  readonly sandbox: Sandbox | undefined;
  readonly log: Log;
}

/** Of QGIS: pools of several libraries. */
const THREADS_PER_CORE = 8;

/** Where two offer a process of the same id, the one named first runs it. */
const openers: readonly ((place: Place) => Promise<ProcessProvider>)[] = [
  openBuiltIn,
  openPrograms,
  openPywps,
  openQgis,
];

/** All that computes on this machine. */
export async function openProviders(
  config: Config['processes'],
  machine: Pick<Place, 'data' | 'projDatabase' | 'log'> & { readonly slots: number },
): Promise<ProcessProvider[]> {
  const { slots, ...rest } = machine;
  const searchPath = process.env.PATH ?? '';
  const { allowUnsandboxed, sandbox: sandboxConfig } = config;
  const sandbox = await findSandbox({ ...sandboxConfig, searchPath, allowUnsandboxed, log: rest.log });
  const cores = availableParallelism();
  const place = { ...rest, config, cores, maxRuns: 2 * slots, searchPath, sandbox };
  await using opened = new AsyncDisposableStack();
  const providers: ProcessProvider[] = [];
  for (const open of openers) {
    const provider = await open(place);
    opened.defer(() => provider.stop());
    providers.push(provider);
  }
  opened.move();
  return providers;
}

async function openBuiltIn({ config, projDatabase, maxRuns }: Place): Promise<ProcessProvider> {
  const { builtIn, niceness } = config;
  return new BuiltInProcesses({
    projDatabase,
    clock: systemClock,
    options: { ...builtIn, niceness, maxWorkers: builtIn.maxWorkers || maxRuns },
  });
}

/** The owner's own descriptions go before those that come with gismesh. */
async function openPrograms({ config, data, maxRuns, ...place }: Place): Promise<ProcessProvider> {
  const { commands, niceness } = config;
  const own = [...commands.folders, await data.folder('processes')];
  return openCommands({
    ...place,
    folders: commands.shipped ? [...own, shippedCommandFolder()] : own,
    reader: { read: readDescription },
    clock: systemClock,
    options: { ...commands, niceness, maxRuns: commands.maxRuns || maxRuns },
  });
}

/** Folders of hosts that a peer has left behind, which was killed, are removed. */
async function openPywps({ config, data, maxRuns, ...place }: Place): Promise<ProcessProvider> {
  const { pywps, commands, niceness, limits } = config;
  const { applications, ...options } = pywps;
  const folder = await data.folder('pywps');
  await rm(folder, { recursive: true, force: true });
  return new PywpsProcesses({
    ...place,
    applications,
    folder: await data.folder('pywps'),
    script: fileURLToPath(new URL('../processes/pywps/host.py', import.meta.url)),
    limits,
    clock: systemClock,
    options: { ...commands, ...options, niceness, maxRuns: options.maxRuns || maxRuns },
  });
}

async function openQgis({
  config,
  data,
  cores,
  maxRuns,
  sandbox,
  ...place
}: Place): Promise<ProcessProvider> {
  const { qgis, commands, niceness } = config;
  const { enabled, ...options } = qgis;
  return QgisProcesses.open({
    ...place,
    sandbox: enabled ? sandbox : undefined,
    script: fileURLToPath(new URL('../processes/qgis/describe.py', import.meta.url)),
    folder: path.join(await data.folder('qgis'), 'scratch'),
    listFolder: await listFolderOf(data),
    clock: systemClock,
    options: {
      ...commands,
      ...options,
      niceness,
      maxRuns: commands.maxRuns || maxRuns,
      // The kernel counts threads, of which it has some for each core.
      maxProcesses: Math.max(commands.maxProcesses, THREADS_PER_CORE * cores),
    },
  });
}

/** Common to the peers of this user; of this peer where there is no such place. */
async function listFolderOf(data: DataDir): Promise<string> {
  const common = path.join(commonCacheFolder(), 'qgis');
  try {
    await mkdir(common, { recursive: true, mode: 0o700 });
    await access(common, constants.W_OK);
    return common;
  } catch {
    return await data.folder('qgis');
  }
}
