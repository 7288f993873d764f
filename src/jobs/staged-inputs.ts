import type { InputValue } from '../ogc/processes/execute-request.ts';
import { ProcessError, quote } from '../ogc/processes/problem.ts';
import { formatOf } from '../ogc/processes/process-description.ts';
import type { TaskInput, TaskValue } from '../processes/process.ts';
import type { Bench } from './bench.ts';
import { isSimple, type OutputStore, simpleValue } from './outputs.ts';
import type { Replication } from './replication.ts';
import { bytesOfComplex, type Submission } from './submission.ts';

/** Where inputs are fetched from. */
interface InputWorld {
  readonly replication: Pick<Replication, 'find'>;
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
    staged.push({ id, value: await stagedValue(id, value, bench, world, signal) });
  }
  onStaged(request.inputs.length);
  return staged;
}

async function stagedValue(
  id: string,
  value: InputValue,
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
      const { mediaType, content } = await bench.fetch(id, value, signal);
      const format = value.format.mediaType === '' ? formatOf(mediaType) : value.format;
      return { kind: 'complex', format, content };
    }
    case 'job': {
      const record = await world.replication.find(value.job);
      const output = record?.status.outputs.find(({ name }) => name === value.output);
      if (!record || !output) {
        const message = `Input ${quote(id)}: job ${quote(value.job)} has no output ${quote(value.output)}`;
        throw new ProcessError('data-not-accessible', message, id);
      }
      const peers = record.status.replicas;
      if (isSimple(output)) {
        const bytes = await world.outputs.read(output.artifact, { peers, maxBytes: output.bytes, signal });
        return simpleValue(output.mediaType, bytes);
      }
      const content = await world.outputs.stage(output.artifact, { peers, folder: bench.inputs, signal });
      const format = value.format.mediaType === '' ? formatOf(output.mediaType) : value.format;
      return { kind: 'complex', format, content };
    }
  }
}
