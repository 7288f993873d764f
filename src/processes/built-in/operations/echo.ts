import { setTimeout as delay } from 'node:timers/promises';
import { ProcessError } from '../../../ogc/processes/problem.ts';
import type { ProcessTask, TaskOutput, TaskValue } from '../../process.ts';
import type { Arguments } from '../arguments.ts';
import type { Control } from '../operation.ts';

const STEP_MS = 50;

export async function echo(given: Arguments, control: Control): Promise<TaskOutput[]> {
  await pause(given.number('pause') * 1000, control);
  if (given.has('fail')) throw new ProcessError('job-failed', given.text('fail') || 'It was asked to fail');
  return given.outputs.flatMap((output) => {
    const value = output.id === 'strings' ? texts(given, output.format) : given.all(output.id)[0];
    return value === undefined ? [] : [{ id: output.id, value: asAsked(value, output) }];
  });
}

async function pause(durationMs: number, control: Control): Promise<void> {
  if (durationMs > 0) control.log(`pauses for ${durationMs / 1000} s`);
  const end = performance.now() + durationMs;
  for (let left = durationMs; left > 0; left = end - performance.now()) {
    await delay(Math.min(STEP_MS, left));
    control.progress(1 - Math.max(0, end - performance.now()) / durationMs, 'Pausing');
  }
}

function texts(given: Arguments, format: ProcessTask['outputs'][number]['format']): TaskValue | undefined {
  const values = given.all('strings').map((value) => (value.kind === 'literal' ? value.value : ''));
  if (values.length === 0) return undefined;
  return { kind: 'complex', format, content: { at: 'memory', bytes: Buffer.from(JSON.stringify(values)) } };
}

/** What comes in stays of its format: bytes are not made into others. */
function asAsked(value: TaskValue, { format }: ProcessTask['outputs'][number]): TaskValue {
  return value.kind === 'complex' && value.format.mediaType === '' ? { ...value, format } : value;
}
