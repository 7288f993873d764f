import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import type { Format } from '../../ogc/processes/process-description.ts';
import type { Content, ProcessTask, TaskContext, TaskInput, TaskLimits, TaskOutput } from '../process.ts';
import { RisingProgress } from '../progress.ts';
import { type ConfinementOptions, runConfined } from '../sandbox/confined-run.ts';
import type { Launch, Sandbox } from '../sandbox/launch.ts';
import { makeScratchFolder } from '../scratch-folder.ts';
import { boxTexts, expandArguments, type Texts } from './arguments.ts';
import { lastMatch, PatternTooSlow, wholeText } from './bounded-search.ts';
import { collectOutputs, type OutputPlace } from './collect-outputs.ts';
import { documentFormat } from './describe.ts';
import type { Command, CommandInput, CommandOutput, FileFormat } from './schema.ts';
import { inError, Words } from './words.ts';

const MEBIBYTE = 1024 * 1024;

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
    limits: limitsOf(command, task),
    options,
    clock: context.clock,
    signal: context.signal,
    suspension: context.suspension,
    onOutput: (stream, chunk) => words.read(stream, chunk),
  });
  words.end();
  if (!command.success.includes(code)) throw failure(command, code, words.last);
  return collectOutputs(command, task, prepared.outputs, { stdout: words.stdout(), last: words.last });
}

/** The peer's, unless the description is stricter. */
function limitsOf({ limits }: Command, { limits: allowed }: ProcessTask): TaskLimits {
  const { seconds = Infinity, memoryMiB = Infinity, scratchMiB = Infinity } = limits;
  return {
    timeoutMs: Math.min(allowed.timeoutMs, seconds * 1000),
    memoryBytes: Math.min(allowed.memoryBytes, Math.ceil(memoryMiB * MEBIBYTE)),
    scratchBytes: Math.min(allowed.scratchBytes, Math.ceil(scratchMiB * MEBIBYTE)),
  };
}

/** Puts inputs into the scratch folder, and says where outputs are to be. */
class Preparation {
  readonly #command: Command;
  readonly #task: ProcessTask;
  readonly #sandbox: Sandbox;
  readonly #texts = new Map<string, Record<string, string>[]>();
  readonly #files: { from: string; to: string }[] = [];
  readonly #outputs = new Map<string, OutputPlace>();

  constructor(command: Command, task: ProcessTask, sandbox: Sandbox) {
    this.#command = command;
    this.#task = task;
    this.#sandbox = sandbox;
  }

  async prepare(): Promise<{
    texts: Texts;
    files: Launch['files'];
    outputs: ReadonlyMap<string, OutputPlace>;
  }> {
    const { scratch } = this.#task;
    await makeScratchFolder(scratch);
    await mkdir(path.join(scratch, 'inputs'));
    await mkdir(path.join(scratch, 'outputs'));
    for (const input of this.#task.inputs) await this.#input(input);
    for (const [id, output] of Object.entries(this.#command.outputs)) await this.#output(id, output);
    return { texts: this.#texts, files: this.#files, outputs: this.#outputs };
  }

  async #input({ id, value }: TaskInput): Promise<void> {
    const described = this.#command.inputs[id];
    if (described === undefined) return;
    const values = this.#texts.get(id) ?? [];
    this.#texts.set(id, values);
    if (value.kind === 'literal') {
      checkLiteral(id, value.value, described);
      const passed = 'passed' in described ? described.passed[value.value] : undefined;
      values.push({ '': passed ?? value.value, unit: value.uom });
    } else if (value.kind === 'bbox') {
      values.push(boxTexts(value));
    } else if (described.type === 'file') {
      const format = formatFor(described.formats, value.format);
      const file = await this.#inputFile(id, values.length, format, value.content);
      values.push({ '': this.#inside(file), format: format.name });
    }
  }

  /** Numbered from 0 on for each input; a copy where the program changes it. */
  async #inputFile(id: string, index: number, format: FileFormat, content: Content): Promise<string> {
    const { scratch } = this.#task;
    const [changed] = Object.entries(this.#command.outputs).find(
      ([, output]) => output.type === 'changed' && output.input === id,
    ) ?? [undefined];
    const name = changed === undefined ? `inputs/${id}-${index}` : `outputs/${changed}`;
    const file = path.join(scratch, `${name}.${format.extension}`);
    if (changed !== undefined) {
      this.#outputs.set(changed, { path: file, zip: false, format: documentFormat(format) });
    }
    if (content.at === 'memory') await writeFile(file, content.bytes);
    else if (changed === undefined) this.#files.push({ from: content.path, to: file });
    else await copyFile(content.path, file);
    return file;
  }

  /** Of those that may be missing, none is made unless it is wished for. */
  async #output(id: string, output: CommandOutput): Promise<void> {
    if (output.type !== 'file' && output.type !== 'folder') return;
    const wish = this.#task.outputs.find((each) => each.id === id);
    if (output.optional && wish === undefined) return;
    if (output.type === 'folder') {
      const folder = path.join(this.#task.scratch, 'outputs', id);
      await mkdir(folder);
      this.#outputs.set(id, { path: folder, zip: true });
      this.#texts.set(id, [{ '': this.#inside(folder) }]);
      return;
    }
    const { extension, name, zip } = formatFor(output.formats, wish?.format);
    const file = path.join(this.#task.scratch, 'outputs', `${id}.${extension}`);
    this.#outputs.set(id, { path: file, zip });
    this.#texts.set(id, [{ '': this.#inside(file), format: name }]);
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
  if (!fits(value, input.pattern, id)) {
    throw new ProcessError(
      'input-invalid',
      `Input ${quote(id)}: ${quote(value)} does not fit ${input.pattern}`,
      id,
    );
  }
}

function fits(value: string, pattern: string, id: string): boolean {
  try {
    return lastMatch(value, wholeText(pattern)) !== undefined;
  } catch (error) {
    if (!(error instanceof PatternTooSlow)) throw error;
    const message = `Input ${quote(id)} cannot be held against ${pattern}: ${error.message}`;
    throw new ProcessError('input-invalid', message, id, { cause: error });
  }
}

function formatFor(formats: readonly FileFormat[], wish: Format | undefined): FileFormat {
  return formats.find(({ mediaType }) => mediaType === wish?.mediaType) ?? (formats[0] as FileFormat);
}

function failure(command: Command, code: number, last: readonly string[]): ProcessError {
  const meaning = command.failures[String(code)] ?? `${command.program} ended with exit code ${code}`;
  return new ProcessError('job-failed', `${meaning}${inError(last)}`);
}
