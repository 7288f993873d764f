import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../../core/errors.ts';
import { canonicalLiteral } from '../../ogc/processes/literal-value.ts';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import type { Format } from '../../ogc/processes/process-description.ts';
import type { ProcessTask, TaskOutput, TaskValue } from '../process.ts';
import { filesBelow, zipFiles } from '../zip-files.ts';
import { lastMatch, PatternTooSlow } from './bounded-search.ts';
import { literalTypes } from './describe.ts';
import type { Command, CommandOutput } from './schema.ts';
import { inError } from './words.ts';

/** Where the program was told to put an output, and what is to be made of it. */
export interface OutputPlace {
  /** Absolute path, of a file or a folder. */
  readonly path: string;
  readonly zip: boolean;
  /** That of an input, where it is one that was changed; otherwise the one that was asked for. */
  readonly format?: Format;
}

type Wished = ProcessTask['outputs'][number];

/** Formats in which also what holds nothing has a beginning. */
const NEVER_EMPTY =
  /^image\/|[/+.](?:json|xml|zip|gzip|pdf|netcdf|geopackage|sqlite3|flatgeobuf|parquet|x-shapefile)(?![\w-])/i;

/**
 * The outputs of a program that has ended well. Rejects `JOB_FAILED` for one that is missing, with the `last` words of
 * the program, or not what it should be.
 */
export async function collectOutputs(
  command: Command,
  task: ProcessTask,
  places: ReadonlyMap<string, OutputPlace>,
  { stdout, last }: { readonly stdout: Buffer; readonly last: readonly string[] },
): Promise<TaskOutput[]> {
  const outputs: TaskOutput[] = [];
  for (const wished of task.outputs) {
    const described = command.outputs[wished.id];
    if (described === undefined) continue;
    const value = await outputValue(described, wished, task.scratch, places.get(wished.id), stdout);
    if (value !== undefined) outputs.push({ id: wished.id, value });
    else if (!('optional' in described && described.optional))
      throw missing(wished.id, task.scratch, places.get(wished.id), last);
  }
  return outputs;
}

async function outputValue(
  described: CommandOutput,
  wished: Wished,
  scratch: string,
  place: OutputPlace | undefined,
  stdout: Buffer,
): Promise<TaskValue | undefined> {
  switch (described.type) {
    case 'file':
    case 'changed':
    case 'folder': {
      if (place === undefined) return undefined;
      const format = place.format ?? wished.format;
      const file = await fileOf(wished.id, format, place, scratch);
      if (file === undefined) return undefined;
      return { kind: 'complex', format, content: { at: 'file', path: file } };
    }
    case 'words':
      return { kind: 'complex', format: wished.format, content: { at: 'memory', bytes: stdout } };
    default:
      return literalIn(stdout.toString('utf8'), described, wished);
  }
}

/**
 * Undefined where there is nothing, or an empty file that cannot be one of its format: programs end well with it when
 * they found nothing to read. A link would make the peer read what the program could not.
 */
async function fileOf(
  id: string,
  { mediaType }: Format,
  { path: file, zip }: OutputPlace,
  scratch: string,
): Promise<string | undefined> {
  const stats = await lstat(file).catch(() => undefined);
  if (stats === undefined) return undefined;
  const expected = path.join(await realpath(scratch), path.relative(scratch, file));
  const isPlain = stats.isFile() || (zip && stats.isDirectory());
  if (!isPlain || (await realpath(file)) !== expected) throw notPlain(id);
  if (!zip) return stats.size === 0 && NEVER_EMPTY.test(mediaType) ? undefined : file;
  const [folder, names] = stats.isDirectory()
    ? [file, await filesBelow(file)]
    : [path.dirname(file), await partsOf(file)];
  const archive = path.join(scratch, `${id}.zip`);
  try {
    await zipFiles(folder, names, archive);
  } catch (cause) {
    throw new GismeshError(
      'JOB_FAILED',
      `Output ${quote(id)} cannot be zipped: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  return archive;
}

/** Files that differ from one only by their extension, as those of a shapefile do. */
async function partsOf(file: string): Promise<string[]> {
  const { name } = path.parse(file);
  return (await filesBelow(path.dirname(file))).filter((each) => path.parse(each).name === name);
}

function literalIn(
  words: string,
  { type, pattern, optional }: Extract<CommandOutput, { pattern: string }>,
  { id, uom }: Wished,
): TaskValue | undefined {
  const found = searched(words, pattern, id)?.[1];
  if (found === undefined) return undefined;
  const dataType = literalTypes[type];
  const value = canonicalLiteral(found, dataType);
  if (value === undefined) {
    // Not a number, for one.
    if (optional) return undefined;
    throw new ProcessError(
      'job-failed',
      `The program gave ${quote(found)} as output ${quote(id)}: no ${type}`,
    );
  }
  return { kind: 'literal', value, dataType, uom: uom ?? '' };
}

function searched(words: string, pattern: string, id: string): RegExpMatchArray | undefined {
  try {
    return lastMatch(words, new RegExp(pattern, 'gm'));
  } catch (error) {
    if (!(error instanceof PatternTooSlow)) throw error;
    const message = `The pattern of output ${quote(id)} is too slow: ${error.message}`;
    throw new ProcessError('job-failed', message, '', { cause: error });
  }
}

function missing(
  id: string,
  scratch: string,
  place: OutputPlace | undefined,
  last: readonly string[],
): ProcessError {
  const where = place === undefined ? '' : ` (${path.relative(scratch, place.path)})`;
  return new ProcessError('job-failed', `The program made no output ${quote(id)}${where}${inError(last)}`);
}

function notPlain(id: string): GismeshError {
  return new GismeshError('JOB_FAILED', `The program made an output ${quote(id)} that is no plain file`);
}
