import { readFile, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { GismeshError } from '../../src/core/errors.ts';
import { type ReportAssets, type ReportInput, reportPage } from './page.ts';

/**
 * Writes the page of a report to a file.
 *
 * @throws GismeshError `REPORT_UNWRITABLE` where the file cannot be written, `INTERNAL` where the build lacks the
 * page's script
 */
export async function writeReport(file: string, input: ReportInput): Promise<void> {
  const page = await reportPage(input, await readAssets());
  try {
    await writeFile(file, page);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

/** Fails early: better before a run of minutes than after it. The file is created, and left as it is if there. */
export async function checkWritable(file: string): Promise<void> {
  try {
    await writeFile(file, '', { flag: 'a' });
  } catch (cause) {
    throw unwritable(file, cause);
  }
  await readAssets();
}

function unwritable(file: string, cause: unknown): GismeshError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new GismeshError(
    'REPORT_UNWRITABLE',
    `The report cannot be written to ${path.resolve(file)}: ${REASONS[code] ?? message}`,
    { cause },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'part of its path is no folder',
  EISDIR: 'it is a folder, name a file in it',
  EACCES: 'you may not write there',
  EROFS: 'nothing can be written there',
  ENOSPC: 'there is no space left',
};

/** Made by the build from `web/report/`. */
async function readAssets(): Promise<ReportAssets> {
  const folder = path.join(path.dirname(findPackageJSON(import.meta.url) ?? ''), 'dist/report');
  try {
    const [script, style] = await Promise.all(
      ['report.js', 'report.css'].map((name) => readFile(path.join(folder, name), 'utf8')),
    );
    return { script: script!, style: style! };
  } catch (cause) {
    throw new GismeshError('INTERNAL', `The page of reports is not built (${folder}): run "npm run build"`, {
      cause,
    });
  }
}
