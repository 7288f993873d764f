import { availableParallelism, totalmem } from 'node:os';

/** Beyond this many, workers wait for memory and disks rather than for cores. */
const MOST_WORKERS = 8;
/** Share of the machine's memory that the workers may fill. */
const MEMORY_SHARE = 0.25;
/** What a worker holds after some thousand drawings. */
const TYPICAL_WORKER_BYTES = 256 * 2 ** 20;

/** Workers for this machine, at least one; `configured` when that is not 0. */
export function workerCount(
  configured: number,
  machine = { cores: availableParallelism(), memoryBytes: totalmem() },
): number {
  if (configured > 0) return configured;
  const fitting = Math.floor((machine.memoryBytes * MEMORY_SHARE) / TYPICAL_WORKER_BYTES);
  return Math.max(1, Math.min(machine.cores, MOST_WORKERS, fitting));
}
