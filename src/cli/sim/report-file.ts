import { realpath, stat } from 'node:fs/promises';
import { checkWritable } from '../../../sim/report/report.ts';
import { scenarioFile } from '../../../sim/scenario/load.ts';
import { errorCode } from '../../core/errors.ts';
import { NamedFileError, UsageError } from '../failure.ts';
import { printable } from '../table.ts';

/**
 * @param scenario name or path of the one that is played
 * @throws UsageError where the report cannot be written, or would be written over the scenario: better before a run of
 * minutes than after it
 */
export async function checkReport(file: string, scenario: string): Promise<void> {
  if (await isSameFile(file, scenarioFile(scenario))) {
    throw new UsageError(`the report would overwrite the scenario ${printable(file)}: name another file`);
  }
  try {
    await checkWritable(file);
  } catch (cause) {
    if (errorCode(cause) !== 'REPORT_UNWRITABLE') throw cause;
    throw new NamedFileError(cause);
  }
}

/** Also by another name: a link, another spelling. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([identity(one), identity(other)]);
  if (!first || !second) return false;
  return first.path === second.path || (first.device === second.device && first.inode === second.inode);
}

/** Undefined of what is not there, and of what cannot lose anything: a terminal, a pipe. */
async function identity(file: string) {
  try {
    const found = await stat(file, { bigint: true });
    return found.isFile() ? { path: await realpath(file), device: found.dev, inode: found.ino } : undefined;
  } catch {
    return undefined;
  }
}
