import type { z } from 'zod';
import { GismeshError } from '../core/errors.ts';
import { readConfigFile } from './file.ts';
import { describeIssues } from './problems.ts';

/**
 * A YAML file that describes one thing, a program as a process for one. Rejects `CONFIG_INVALID` with every problem on a
 * line of its own: file and line, what is wrong, and for an unknown key the nearest known one.
 */
export async function readDescription<T extends z.ZodType>(file: string, schema: T): Promise<z.output<T>> {
  const { content, position } = await readConfigFile(file);
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const lines = describeIssues(result.error, schema, (place) => `${position(place)}: ${place}`);
  throw new GismeshError('CONFIG_INVALID', lines.join('\n'), { cause: result.error });
}
