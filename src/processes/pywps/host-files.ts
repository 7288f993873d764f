import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, realpath, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../../core/errors.ts';
import { canonicalLiteral } from '../../ogc/processes/literal-value.ts';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import { formatOf, type ProcessDescription } from '../../ogc/processes/process-description.ts';
import type { ProcessTask, TaskInput, TaskOutput } from '../process.ts';
import { makeScratchFolder } from '../scratch-folder.ts';
import type { HostedOutput, HostInput } from './messages.ts';

/** Gives a host its inputs: what is in files is copied into its folder, where the host may write. */
export async function stageInputs(inputs: readonly TaskInput[], scratch: string): Promise<HostInput[]> {
  await mkdir(path.join(scratch, 'inputs'), { recursive: true });
  return Promise.all(
    inputs.map(async ({ id, value }, index): Promise<HostInput> => {
      if (value.kind === 'literal') {
        return { id, kind: 'literal', value: value.value, uom: value.uom };
      }
      if (value.kind === 'bbox') {
        return { id, kind: 'bbox', crs: value.crs, lower: value.lower, upper: value.upper };
      }
      const { content, format } = value;
      const file = path.join('inputs', `input-${index}`);
      const target = path.join(scratch, file);
      if (content.at === 'memory') await writeFile(target, content.bytes);
      else await copyFile(content.path, target, constants.COPYFILE_FICLONE);
      return { id, kind: 'complex', mediaType: format.mediaType, file };
    }),
  );
}

/** The outputs of a host as those of a task; files go into the scratch folder of the task. */
export async function collectOutputs(
  told: readonly HostedOutput[],
  description: ProcessDescription,
  task: ProcessTask,
  scratch: string,
): Promise<TaskOutput[]> {
  const outputs: TaskOutput[] = [];
  for (const { id, format, uom } of task.outputs) {
    const output = told.find((each) => each.id === id);
    const data = description.outputs.find((each) => each.id === id)?.data;
    if (output === undefined || data === undefined) continue;
    if (output.kind !== data.kind)
      throw new ProcessError('job-failed', `Output ${quote(id)} is no ${data.kind}`);
    if (output.kind === 'complex' && data.kind === 'complex') {
      const offered = [format, ...data.formats].find(({ mediaType }) => mediaType === output.mediaType);
      const file = await takeFile(id, output.file, scratch, task.scratch, outputs.length);
      outputs.push({
        id,
        value: {
          kind: 'complex',
          format: offered ?? (output.mediaType === '' ? format : formatOf(output.mediaType)),
          content: { at: 'file', path: file },
        },
      });
    } else if (output.kind === 'literal' && data.kind === 'literal') {
      const { dataType } = data;
      const value = canonicalLiteral(output.value, dataType) ?? output.value;
      outputs.push({ id, value: { kind: 'literal', value, dataType, uom: output.uom || uom } });
    } else if (output.kind === 'bbox') {
      const { crs, lower, upper } = output;
      outputs.push({ id, value: { kind: 'bbox', crs, lower, upper } });
    }
  }
  return outputs;
}

/** A link would make the peer read what the host could not. */
async function takeFile(id: string, file: string, from: string, to: string, index: number): Promise<string> {
  const source = path.resolve(from, file);
  const within = path.relative(from, source);
  const stats = await lstat(source).catch(() => undefined);
  const isInside = within !== '' && !within.startsWith('..') && !path.isAbsolute(within);
  if (!isInside || !stats?.isFile() || (await realpath(source)) !== path.join(await realpath(from), within)) {
    throw new GismeshError('JOB_FAILED', `Output ${quote(id)} is no plain file`);
  }
  await makeScratchFolder(to);
  const target = path.join(to, `output-${index}${path.extname(source)}`);
  await rename(source, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    await copyFile(source, target);
  });
  return target;
}
