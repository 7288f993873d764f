import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Resident memory of processes, in bytes. A process that is gone, or cannot be read, is left out.
 * Linux: `/proc/<pid>/status`; elsewhere `ps`.
 */
export async function residentMemory(pids: readonly number[]): Promise<Map<number, number>> {
  if (pids.length === 0) return new Map();
  const readings = process.platform === 'linux' ? await readProc(pids) : await readPs(pids);
  return new Map(readings.filter(([, bytes]) => Number.isFinite(bytes)));
}

async function readProc(pids: readonly number[]): Promise<Array<[number, number]>> {
  return Promise.all(
    pids.map(async (pid): Promise<[number, number]> => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return [pid, Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024];
    }),
  );
}

async function readPs(pids: readonly number[]): Promise<Array<[number, number]>> {
  // `ps` exits with 1 when one of the processes is gone, and still prints the others.
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,rss=', '-p', pids.join()]).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  );
  return stdout
    .trim()
    .split('\n')
    .map((line): [number, number] => {
      const [pid, kilobytes] = line.trim().split(/\s+/).map(Number);
      return [pid ?? Number.NaN, (kilobytes ?? Number.NaN) * 1024];
    });
}
