import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../../core/errors.ts';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import type { ProcessTask, TaskOutput } from '../process.ts';
import { makeScratchFolder } from '../scratch-folder.ts';
import { Arguments } from './arguments.ts';
import { CrsFinder } from './crs.ts';
import { CrsDefinitions } from './crs-definitions.ts';
import type { Failure, WorkerMessage, WorkerTask } from './messages.ts';
import type { Control } from './operation.ts';
import { operations } from './operations.ts';

/*
 * The process in which built-in processes run: one task after the other, until the peer ends it. Its one argument is
 * the path of PROJ's database, '' where there is none.
 */

/** Progress is told at most this often. */
const PROGRESS_MS = 100;
const MAX_LOG_LENGTH = 1000;

const [projDatabase = ''] = process.argv.slice(2);
const finder = new CrsFinder(projDatabase === '' ? undefined : new CrsDefinitions(projDatabase));
const parent = process.ppid;

process.on('message', (message) => void serve(message as WorkerTask));
process.once('disconnect', () => process.exit());

async function serve(order: WorkerTask): Promise<void> {
  try {
    tell({ kind: 'answer', outputs: await compute(order) });
  } catch (error) {
    tell({ kind: 'failure', failure: failureOf(error) });
  }
}

function tell(message: WorkerMessage): void {
  process.send?.(message);
}

async function compute({ task, maxInputBytes, inlineBytes }: WorkerTask): Promise<TaskOutput[]> {
  const load = operations[task.process];
  if (load === undefined)
    throw new GismeshError('PROCESS_UNKNOWN', `No built-in process ${quote(task.process)}`);
  const given = new Arguments(task.inputs, task.outputs, maxInputBytes);
  const operation = await load();
  const outputs = await operation(given, new ToldControl(), finder);
  return await kept(outputs, task, inlineBytes);
}

/** Large outputs as files; all of them together within the limit. */
async function kept(
  outputs: readonly TaskOutput[],
  { scratch, limits }: ProcessTask,
  inlineBytes: number,
): Promise<TaskOutput[]> {
  let total = 0;
  const all: TaskOutput[] = [];
  for (const [index, output] of outputs.entries()) {
    const { value } = output;
    all.push(output);
    if (value.kind !== 'complex' || value.content.at === 'file') continue;
    const { bytes } = value.content;
    total += bytes.length;
    if (total > limits.scratchBytes) {
      const message = `The outputs are larger than the limit of ${limits.scratchBytes} bytes`;
      throw new GismeshError('PROCESS_LIMIT_EXCEEDED', message);
    }
    if (bytes.length <= inlineBytes) continue;
    await makeScratchFolder(scratch);
    const file = path.join(scratch, `output-${index}`);
    await writeFile(file, bytes);
    all[index] = { ...output, value: { ...value, content: { at: 'file', path: file } } };
  }
  return all;
}

class ToldControl implements Control {
  #toldAt = -Infinity;

  progress(share: number, message = ''): void {
    const now = performance.now();
    if (now - this.#toldAt < PROGRESS_MS) return;
    this.#toldAt = now;
    // A computation hears nothing of its channel; without a peer nobody wants its result.
    if (process.ppid !== parent) process.exit();
    tell({ kind: 'progress', percent: Math.min(100, Math.max(0, share * 100)), message });
  }

  log(line: string): void {
    tell({ kind: 'log', line: line.slice(0, MAX_LOG_LENGTH) });
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof ProcessError) {
    return { message: error.message, problem: { kind: error.kind, locator: error.locator } };
  }
  if (error instanceof GismeshError) return { message: error.message, code: error.code };
  // JSTS throws objects that are no errors; their message says where in the data it failed.
  const message = String((error as { message?: unknown } | null)?.message ?? error);
  return { message: `The computation failed: ${message}`, problem: { kind: 'job-failed', locator: '' } };
}
