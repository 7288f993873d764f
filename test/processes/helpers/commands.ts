import os from 'node:os';
import path from 'node:path';
import { readDescription } from '../../../src/config/description-file.ts';
import { systemClock } from '../../../src/platform/system.ts';
import { type CommandOptions, CommandProcesses } from '../../../src/processes/command/provider.ts';
import { readCommands } from '../../../src/processes/command/read-commands.ts';
import { type Command, commandSchema } from '../../../src/processes/command/schema.ts';
import type { Sandbox } from '../../../src/processes/sandbox/launch.ts';
import { processes } from './tasks.ts';

const shippedFolder = path.resolve('examples/processes/gdal');

export function shippedCommands(): Promise<Command[]> {
  return readCommands(shippedFolder, { read: readDescription }, (error) => {
    throw error;
  });
}

/** A command with one output, which says what it is to say. */
export function command(changes: Record<string, unknown>): Command {
  return commandSchema.parse({
    id: 'command',
    title: 'A command',
    program: 'sh',
    arguments: [],
    outputs: { words: { type: 'words', title: 'What it says' } },
    ...changes,
  });
}

/** A script of `sh`. */
export function script(id: string, text: string, changes: Record<string, unknown> = {}): Command {
  return command({ id, arguments: ['-c', text], ...changes });
}

export async function withCommands(
  commands: readonly Command[],
  sandbox: Sandbox,
  use: (provider: CommandProcesses) => Promise<void>,
  changes: Partial<CommandOptions> = {},
): Promise<void> {
  const { commands: options, niceness } = processes;
  const provider = new CommandProcesses({
    commands,
    sandbox,
    clock: systemClock,
    options: { ...options, niceness, maxRuns: Math.max(2, os.availableParallelism()), ...changes },
    searchPath: process.env.PATH ?? '',
  });
  try {
    await use(provider);
  } finally {
    await provider.stop();
  }
}

/** For the compliance suite: a run that tells progress for ever, and one that fails. */
export const suiteCommands: readonly Command[] = [
  script('say', 'echo "hello $1"', {
    arguments: ['-c', 'echo "hello $1"', 'sh', '{name}'],
    inputs: { name: { type: 'text', title: 'Name' } },
  }),
  script('count', 'i=0; while true; do i=$((i + 1)); echo "$i of 1000" >&2; sleep 0.05; done', {
    progress: { pattern: '(\\d+) of', of: 1000 },
  }),
  script('fail', 'echo "it failed on purpose" >&2; exit 3'),
];
