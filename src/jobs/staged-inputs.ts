import type { InputValue } from '../ogc/processes/execute-request.ts';
import { formatOf } from '../ogc/processes/process-description.ts';
import { isTextValue, MAX_TEXT_VALUE_BYTES, valueOfText } from '../ogc/processes/text-value.ts';
import type { TaskInput, TaskValue } from '../processes/process.ts';
import type { Bench } from './bench.ts';
import type { Chaining } from './chaining.ts';
import type { OutputStore } from './outputs.ts';
import { bytesOfComplex, type Submission } from './submission.ts';

/** Where inputs are fetched from. */
interface InputWorld {
  readonly chaining: Chaining;
  readonly outputs: OutputStore;
}

/**
 * The inputs of a job as its process takes them; what lies elsewhere is fetched to the bench. `onStaged` is told how
 * many are there. Rejects `ProcessError` that names the input.
 */
export async function stagedInputs(
  { request, large = [] }: Submission,
  bench: Bench,
  world: InputWorld,
  signal: AbortSignal,
  onStaged: (count: number) => void = () => {},
): Promise<TaskInput[]> {
  const staged: TaskInput[] = [];
  for (const [index, { id, value }] of request.inputs.entries()) {
    onStaged(index);
    const apart = large.find((each) => each.index === index);
    if (apart && value.kind === 'complex') {
      const { artifact, holders: peers } = apart;
      const content = await world.outputs.stage(artifact, { peers, folder: bench.inputs, signal });
      staged.push({ id, value: { kind: 'complex', format: value.format, content } });
      continue;
    }
    staged.push({ id, value: await stagedValue(id, value, request.process, bench, world, signal) });
  }
  onStaged(request.inputs.length);
  return staged;
}

async function stagedValue(
  id: string,
  value: InputValue,
  process: string,
  bench: Bench,
  world: InputWorld,
  signal: AbortSignal,
): Promise<TaskValue> {
  switch (value.kind) {
    case 'literal':
    case 'bbox':
      return value;
    case 'complex': {
      const bytes = bytesOfComplex(value);
      return { kind: 'complex', format: value.format, content: { at: 'memory', bytes } };
    }
    case 'reference': {
      const data = world.chaining.described(process, id);
      if (isTextValue(data)) {
        return valueOfText(id, await bench.fetchText(id, value, MAX_TEXT_VALUE_BYTES, signal), data);
      }
      const { mediaType, content } = await bench.fetch(id, value, signal);
      const format = value.format.mediaType === '' ? formatOf(mediaType) : value.format;
      return { kind: 'complex', format, content };
    }
    case 'job':
      return await world.chaining.value(id, value, process, { folder: bench.inputs, signal });
  }
}
