import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { type CommandOptions, CommandProcesses } from './command/provider.ts';
import { type DescriptionReader, readCommands } from './command/read-commands.ts';
import { BubblewrapSandbox } from './sandbox/bubblewrap.ts';
import type { Sandbox } from './sandbox/launch.ts';
import { unsandboxed } from './sandbox/plain.ts';

/**
 * The programs of this machine that folders of YAML files describe, an earlier folder going before a later one. Where
 * there is no sandbox nothing is offered, unless `allowUnsandboxed`; the log tells why. Rejects `CONFIG_INVALID` for a
 * folder that cannot be read.
 */
export async function openCommands(parts: {
  readonly folders: readonly string[];
  readonly reader: DescriptionReader;
  readonly allowUnsandboxed: boolean;
  readonly readOnlyFolders: readonly string[];
  /** What PATH holds. */
  readonly searchPath: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly options: CommandOptions;
}): Promise<CommandProcesses> {
  const { clock, log, options, reader, searchPath } = parts;
  const onProblem = (error: Error) => log.warn({ reason: error.message }, 'a process is not offered');
  const read = await Promise.all(parts.folders.map((folder) => readCommands(folder, reader, onProblem)));
  const sandbox = await findSandbox(parts);
  return new CommandProcesses({ commands: read.flat(), sandbox, clock, options, searchPath });
}

async function findSandbox({
  searchPath,
  readOnlyFolders,
  allowUnsandboxed,
  log,
}: {
  readonly searchPath: string;
  readonly readOnlyFolders: readonly string[];
  readonly allowUnsandboxed: boolean;
  readonly log: Log;
}): Promise<Sandbox | undefined> {
  const found = await BubblewrapSandbox.find(searchPath, readOnlyFolders);
  if (found instanceof BubblewrapSandbox) return found;
  if (allowUnsandboxed) {
    log.warn({ reason: found.missing }, 'programs run without a sandbox');
    return unsandboxed;
  }
  log.info({ reason: found.missing }, 'programs are not offered as processes: there is no sandbox');
  return undefined;
}
