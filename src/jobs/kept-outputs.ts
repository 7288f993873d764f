import { GismeshError } from '../core/errors.ts';
import { JOB_LIMITS, type OutputReference } from '../core/jobs/job-status.ts';
import type { PeerId } from '../platform/network.ts';
import type { TaskOutput } from '../processes/process.ts';
import { keptOutput, type OutputRoom, type OutputStore } from './outputs.ts';

/** Outputs go after the status that names them, whose last word is written when they are all kept. */
const OUTLIVES_STATUS_MS = 3_600_000;
const OUTLIVES_STATUS_SHARE = 0.1;

interface KeepingTerms {
  readonly job: string;
  readonly room: OutputRoom;
  readonly copies: number;
  readonly nowMs: number;
  /** Of the job's status. */
  readonly ttlMs: number;
  readonly signal: AbortSignal;
}

/**
 * Keeps what a process gave, here and at others. `onKeeping` is told how many are kept already. Resolves to how the
 * outputs are named in the status, and the other peers that hold all of them; rejects `PROCESS_LIMIT_EXCEEDED` for too
 * many, with the signal's reason, and as the store does.
 */
export async function keepOutputs(
  outputs: readonly TaskOutput[],
  store: OutputStore,
  { job, room, copies, nowMs, ttlMs, signal }: KeepingTerms,
  onKeeping: (count: number) => void,
): Promise<{ readonly references: OutputReference[]; readonly holders: readonly PeerId[] }> {
  if (outputs.length > JOB_LIMITS.outputs) {
    throw new GismeshError('PROCESS_LIMIT_EXCEEDED', `more than ${JOB_LIMITS.outputs} outputs were given`);
  }
  const expiresAt = nowMs + ttlMs + Math.min(OUTLIVES_STATUS_MS, ttlMs * OUTLIVES_STATUS_SHARE);
  const references: OutputReference[] = [];
  let holders: readonly PeerId[] | undefined;
  for (const [index, output] of outputs.entries()) {
    signal.throwIfAborted();
    onKeeping(index);
    const kept = keptOutput(output);
    const { artifact, bytes, replicas } = await store.keep(kept, { job, copies, expiresAt, room, signal });
    const { name, mediaType, fileName } = kept;
    references.push({ name, mediaType, artifact, bytes, ...(fileName !== undefined && { fileName }) });
    if (replicas === undefined) continue;
    holders = holders ? holders.filter((peer) => replicas.includes(peer)) : replicas;
  }
  return { references, holders: holders ?? [] };
}
