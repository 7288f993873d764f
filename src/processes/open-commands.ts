import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { CommandFolders } from './command/command-folders.ts';
import { type CommandOptions, CommandProcesses } from './command/provider.ts';
import type { DescriptionReader } from './command/read-commands.ts';
import type { Sandbox } from './sandbox/launch.ts';

/**
 * The programs of this machine that folders of YAML files describe, an earlier folder going before a later one; what
 * changes in them is noticed. Rejects `CONFIG_INVALID` for a folder that cannot be read.
 */
export async function openCommands(parts: {
  readonly folders: readonly string[];
  readonly reader: DescriptionReader;
  /** Undefined: nothing is offered. */
  readonly sandbox: Sandbox | undefined;
  /** What PATH holds. */
  readonly searchPath: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly options: CommandOptions;
}): Promise<CommandProcesses> {
  const { folders, reader, log, ...rest } = parts;
  const source = new CommandFolders(folders, reader, log);
  return new CommandProcesses({
    ...rest,
    commands: await source.read(),
    readAgain: () => source.readAgain(),
  });
}
