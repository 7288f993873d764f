import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../../core/errors.ts';
import { placeholdersOf } from './arguments.ts';
import { wholeText } from './bounded-search.ts';
import { type Command, commandSchema } from './schema.ts';

/** What reading YAML and telling its problems takes; of the room `config`, which puts the peer together. */
export interface DescriptionReader {
  /** Rejects `CONFIG_INVALID` with the line of each problem. */
  read(file: string, schema: typeof commandSchema): Promise<Command>;
}

const MAX_FILES = 1000;

/**
 * Every `*.yaml` of a folder. One that is wrong does not keep the others from being offered: its problem is told to
 * `onProblem`. Rejects `CONFIG_INVALID` for a folder that cannot be read.
 */
export async function readCommands(
  folder: string,
  reader: DescriptionReader,
  onProblem: (error: GismeshError) => void,
): Promise<Command[]> {
  const names = await readdir(folder).catch((cause) => {
    throw new GismeshError('CONFIG_INVALID', `${folder} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  });
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  const commands: Command[] = [];
  const described = new Map<string, string>();
  for (const name of files.slice(0, MAX_FILES)) {
    const file = path.join(folder, name);
    try {
      const command = await reader.read(file, commandSchema);
      checkCommand(command, file);
      const before = described.get(command.id);
      if (before !== undefined) {
        throw new GismeshError('CONFIG_INVALID', `${file}: id: ${before} describes "${command.id}" already`);
      }
      described.set(command.id, file);
      commands.push(command);
    } catch (error) {
      if (!(error instanceof GismeshError)) throw error;
      onProblem(error);
    }
  }
  return commands;
}

/** What the schema cannot tell: names that stand for nothing, patterns that are none. */
function checkCommand(command: Command, file: string): void {
  const known = new Set([...Object.keys(command.inputs), ...Object.keys(command.outputs)]);
  const problems = placeholdersOf(command.arguments)
    .filter((name) => !known.has(name))
    .map(
      (name) => `arguments: {${name}} is neither an input nor an output; there are ${[...known].join(', ')}`,
    );
  for (const [place, compile] of patternsOf(command)) {
    try {
      compile();
    } catch (error) {
      problems.push(`${place}: ${(error as Error).message}`);
    }
  }
  for (const [name, output] of Object.entries(command.outputs)) {
    if (output.type === 'changed' && command.inputs[output.input]?.type !== 'file')
      problems.push(`outputs.${name}.input: ${output.input} is no input that is a file`);
  }
  for (const name of Object.keys(command.inputs)) {
    if (Object.hasOwn(command.outputs, name)) problems.push(`outputs.${name}: an input has that name too`);
  }
  if (problems.length > 0) {
    throw new GismeshError('CONFIG_INVALID', problems.map((problem) => `${file}: ${problem}`).join('\n'));
  }
}

/** Each as it is used later. */
function patternsOf({ inputs, outputs, progress }: Command): [place: string, compile: () => RegExp][] {
  const patterns: [string, () => RegExp][] = [];
  for (const [name, input] of Object.entries(inputs)) {
    if (!('pattern' in input) || input.pattern === undefined) continue;
    const { pattern } = input;
    patterns.push([`inputs.${name}.pattern`, () => wholeText(pattern)]);
  }
  for (const [name, output] of Object.entries(outputs)) {
    if ('pattern' in output) patterns.push([`outputs.${name}.pattern`, () => new RegExp(output.pattern)]);
  }
  if (progress !== undefined) patterns.push(['progress.pattern', () => new RegExp(progress.pattern)]);
  return patterns;
}
