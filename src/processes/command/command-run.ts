import { lstat, mkdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../../core/errors.ts';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import type { Format } from '../../ogc/processes/process-description.ts';
import type { ProcessTask, TaskContext, TaskInput, TaskOutput } from '../process.ts';
import { RisingProgress } from '../progress.ts';
import { type ConfinementOptions, runConfined } from '../sandbox/confined-run.ts';
import type { Launch, Sandbox } from '../sandbox/launch.ts';
import { boxTexts, expandArguments, type Texts } from './arguments.ts';
import { LineReader, ProgressReader } from './progress-reader.ts';
import type { Command, CommandInput, FileFormat } from './schema.ts';

/** Lines of a failed program that its error repeats. */
const LINES_IN_ERROR = 5;

/** A command that this peer can run. */
export interface RunnableCommand {
  readonly command: Command;
  /** Absolute path. */
  readonly program: string;
  readonly sandbox: Sandbox;
  readonly options: ConfinementOptions;
}

/** Runs the program of a command once, in the scratch folder of the task. */
export async function runCommand(
  { command, program, sandbox, options }: RunnableCommand,
  task: ProcessTask,
  outer: TaskContext,
): Promise<TaskOutput[]> {
  const context = new RisingProgress(outer);
  const prepared = await new Preparation(command, task, sandbox).prepare();
  const launch: Launch = {
    program,
    arguments: expandArguments(command.arguments, prepared.texts),
    environment: command.environment,
    network: command.network,
    scratch: task.scratch,
    files: prepared.files,
  };
  const words = new Words(command, context);
  const { code } = await runConfined({
    launch,
    sandbox,
    limits: task.limits,
    options,
    clock: context.clock,
    signal: context.signal,
    onOutput: (stream, chunk) => words.read(stream, chunk),
  });
  words.end();
  if (!command.success.includes(code)) throw failure(command, code, words.last);
  return collectOutputs(command, task, prepared.outputs, words.stdout());
}

/** Puts inputs into the scratch folder, and says where outputs are to be. */
class Preparation {
  readonly #command: Command;
  readonly #task: ProcessTask;
  readonly #sandbox: Sandbox;
  readonly #texts = new Map<string, Record<string, string>[]>();
  readonly #files: { from: string; to: string }[] = [];
  readonly #outputs = new Map<string, string>();

  constructor(command: Command, task: ProcessTask, sandbox: Sandbox) {
    this.#command = command;
    this.#task = task;
    this.#sandbox = sandbox;
  }

  async prepare(): Promise<{ texts: Texts; files: Launch['files']; outputs: ReadonlyMap<string, string> }> {
    const { scratch } = this.#task;
    await mkdir(path.join(scratch, 'inputs'), { recursive: true });
    await mkdir(path.join(scratch, 'outputs'), { recursive: true });
    for (const [index, input] of this.#task.inputs.entries()) await this.#input(input, index);
    for (const [id, output] of Object.entries(this.#command.outputs)) {
      if (output.type !== 'file') continue;
      const wish = this.#task.outputs.find((each) => each.id === id)?.format;
      const { extension, name } = formatFor(output.formats, wish);
      const file = path.join(scratch, 'outputs', `${id}.${extension}`);
      this.#outputs.set(id, file);
      this.#texts.set(id, [{ '': this.#inside(file), format: name }]);
    }
    return { texts: this.#texts, files: this.#files, outputs: this.#outputs };
  }

  async #input({ id, value }: TaskInput, index: number): Promise<void> {
    const described = this.#command.inputs[id];
    if (described === undefined) return;
    const values = this.#texts.get(id) ?? [];
    this.#texts.set(id, values);
    if (value.kind === 'literal') {
      checkLiteral(id, value.value, described);
      values.push({ '': value.value, unit: value.uom });
    } else if (value.kind === 'bbox') {
      values.push(boxTexts(value));
    } else if (described.type === 'file') {
      const { extension, name } = formatFor(described.formats, value.format);
      const file = path.join(this.#task.scratch, 'inputs', `${id}-${index}.${extension}`);
      if (value.content.at === 'file') this.#files.push({ from: value.content.path, to: file });
      else await writeFile(file, value.content.bytes);
      values.push({ '': this.#inside(file), format: name });
    }
  }

  #inside(file: string): string {
    const { scratch } = this.#task;
    return this.#sandbox.scratchPath(scratch) + file.slice(scratch.length);
  }
}

function checkLiteral(id: string, value: string, input: CommandInput): void {
  if (value.includes('\0'))
    throw new ProcessError('input-invalid', `Input ${quote(id)} holds a zero character`, id);
  if (!('pattern' in input) || input.pattern === undefined) return;
  if (!new RegExp(`^(?:${input.pattern})$`, 'u').test(value)) {
    throw new ProcessError(
      'input-invalid',
      `Input ${quote(id)}: ${quote(value)} does not fit ${input.pattern}`,
      id,
    );
  }
}

function formatFor(formats: readonly FileFormat[], wish: Format | undefined): FileFormat {
  return formats.find(({ mediaType }) => mediaType === wish?.mediaType) ?? (formats[0] as FileFormat);
}

/** What the program writes, on its way to the log, the progress and the output. */
class Words {
  readonly #lines: LineReader;
  readonly #progress: ProgressReader | undefined;
  readonly #context: TaskContext;
  readonly #stdout: Buffer[] = [];
  readonly #keepsStdout: boolean;

  constructor(command: Command, context: TaskContext) {
    this.#context = context;
    this.#lines = new LineReader(LINES_IN_ERROR, (line) => context.log(line));
    this.#progress = command.progress && new ProgressReader(command.progress);
    this.#keepsStdout = Object.values(command.outputs).some(({ type }) => type === 'words');
  }

  get last(): readonly string[] {
    return this.#lines.last;
  }

  read(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const text = chunk.toString('utf8');
    if (stream === 'stdout' && this.#keepsStdout) this.#stdout.push(chunk);
    else this.#lines.read(text);
    const percent = this.#progress?.read(text);
    if (percent !== undefined) this.#context.onProgress(percent, '');
  }

  end(): void {
    this.#lines.end();
  }

  stdout(): Uint8Array {
    return Buffer.concat(this.#stdout);
  }
}

function failure(command: Command, code: number, last: readonly string[]): ProcessError {
  const meaning = command.failures[String(code)] ?? `${command.program} ended with exit code ${code}`;
  const words = last.length > 0 ? `: ${last.join(' | ')}` : '';
  return new ProcessError('job-failed', `${meaning}${words}`);
}

async function collectOutputs(
  command: Command,
  task: ProcessTask,
  files: ReadonlyMap<string, string>,
  stdout: Uint8Array,
): Promise<TaskOutput[]> {
  const outputs: TaskOutput[] = [];
  for (const { id, format } of task.outputs) {
    const described = command.outputs[id];
    const file = files.get(id);
    if (described?.type === 'words') {
      outputs.push({ id, value: { kind: 'complex', format, content: { at: 'memory', bytes: stdout } } });
    } else if (file !== undefined) {
      await checkOutput(id, file, task.scratch);
      outputs.push({ id, value: { kind: 'complex', format, content: { at: 'file', path: file } } });
    }
  }
  return outputs;
}

/** A link would make the peer read what the program could not. */
async function checkOutput(id: string, file: string, scratch: string): Promise<void> {
  const stats = await lstat(file).catch(() => undefined);
  if (stats === undefined) throw new ProcessError('job-failed', `The program made no output ${quote(id)}`);
  const expected = path.join(await realpath(scratch), path.relative(scratch, file));
  if (!stats.isFile() || (await realpath(file)) !== expected) {
    throw new GismeshError('JOB_FAILED', `The program made an output ${quote(id)} that is no plain file`);
  }
}
