import { ProcessError } from '../../src/ogc/processes/problem.ts';
import { formatOf, type ProcessDescription } from '../../src/ogc/processes/process-description.ts';
import { sleep } from '../../src/platform/clock.ts';
import type { ProcessProvider, ProcessTask, TaskContext, TaskOutput } from '../../src/processes/process.ts';
import { type Condition, speedNow } from '../engine/condition.ts';
import { type Assignment, MADE_BY, RESULT, resultOf } from './processes.ts';
import { type AttemptName, attemptIn } from './scratch.ts';

/** Work is done in steps, each at the speed that the machine has when it begins, ms. */
const STEP_MS = 250;
const STEPS = 20;

/** How a run of a process ended: at all, in an error of its own, or because it was told to stop. */
export type RunEnd = 'done' | 'failed' | 'stopped';

interface ComputingOptions {
  readonly peer: string;
  readonly condition: Condition;
  /** What this machine offers. */
  readonly offers: readonly ProcessDescription[];
  readonly onBegan: (attempt: AttemptName) => void;
  readonly onEnded: (attempt: AttemptName, end: RunEnd) => void;
}

/** Computes in virtual time: as fast as its machine is at the moment. */
export class SimulatedProcesses implements ProcessProvider {
  readonly name = 'simulated';
  readonly #options: ComputingOptions;

  constructor(options: ComputingOptions) {
    this.#options = options;
  }

  list(): readonly ProcessDescription[] {
    return this.#options.offers;
  }

  expectation(process: string) {
    return this.list().some(({ id }) => id === process) ? { cores: 1 } : undefined;
  }

  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    const { peer, onBegan, onEnded } = this.#options;
    const attempt = attemptIn(task.scratch);
    const assignment = assignmentOf(task);
    onBegan(attempt);
    try {
      await this.#work(assignment, context);
    } catch (error) {
      onEnded(attempt, 'stopped');
      throw error;
    }
    onEnded(attempt, assignment.fails ? 'failed' : 'done');
    if (assignment.fails) throw new ProcessError('job-failed', 'it was made to fail');
    const format = formatOf('application/octet-stream', 'base64');
    const made = { kind: 'literal', value: `${peer} ${attempt.epoch}`, dataType: 'string', uom: '' } as const;
    return [
      {
        id: RESULT,
        value: { kind: 'complex', format, content: { at: 'memory', bytes: resultOf(assignment) } },
      },
      { id: MADE_BY, value: made },
    ];
  }

  onChange(): () => void {
    return () => {};
  }

  async stop(): Promise<void> {}

  async #work({ workMs, isQuiet }: Assignment, { clock, signal, onProgress }: TaskContext): Promise<void> {
    const { condition } = this.#options;
    const stepMs = Math.max(STEP_MS, workMs / STEPS);
    for (let doneMs = 0; doneMs < workMs; ) {
      const speed = speedNow(condition);
      const part = Math.min(workMs - doneMs, stepMs * Math.min(1, speed));
      await sleep(clock, part / speed, signal);
      doneMs += part;
      if (!isQuiet) onProgress(Math.floor((100 * doneMs) / workMs), '');
    }
  }
}

function assignmentOf({ inputs, process }: ProcessTask): Assignment {
  const text = (id: string) => {
    const value = inputs.find((each) => each.id === id)?.value;
    return value?.kind === 'literal' ? value.value : '';
  };
  return {
    workMs: Number(text('work')),
    bytes: Number(text('bytes')),
    word: text('word'),
    fails: text('fails') === 'true',
    isOnce: process === 'compute-once',
    isQuiet: text('quiet') === 'true',
  };
}
