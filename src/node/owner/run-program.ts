import { execFile } from 'node:child_process';

/** What a program prints; undefined where it is missing, fails or takes too long. */
export type RunProgram = (program: string, words: readonly string[]) => Promise<string | undefined>;

const TIMEOUT_MS = 2_000;
const MAX_BYTES = 256 * 1024;

/** Programs that were not found are not looked for again: desktops gain none while a peer runs. */
export function programRunner(): RunProgram {
  const missing = new Set<string>();
  return (program, words) => {
    if (missing.has(program)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      execFile(program, words, { timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES }, (error, stdout) => {
        if (error && 'code' in error && error.code === 'ENOENT') missing.add(program);
        resolve(error ? undefined : stdout);
      });
    });
  };
}
