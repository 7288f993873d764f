import { GismeshError } from '../core/errors.ts';
import { JOB_LIMITS, type OutputReference } from '../core/jobs/job-status.ts';
import type { PeerId } from '../platform/network.ts';
import type { TaskOutput } from '../processes/process.ts';
import { keptOutput, type OutputRoom, type OutputStore } from './outputs.ts';

/** Outputs go after the status that names them, whose last word is written when they are all kept. */
const OUTLIVES_STATUS_MS = 3_600_000;
const OUTLIVES_STATUS_SHARE = 0.1;

/** References stand in the status, which has a bound (`WIRE_LIMITS.body`): all of them, and ids that are the content itself. */
const MAX_REFERENCES_LENGTH = 24 * 1024;
const MAX_CONTENT_IDS_LENGTH = 8 * 1024;

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
 * outputs are named in the status, and the other peers that hold all of them; rejects `PROCESS_LIMIT_EXCEEDED` for more
 * than a status can name, with the signal's reason, and as the store does.
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
  let referencesLength = 0;
  let contentIdsLength = 0;
  for (const [index, output] of outputs.entries()) {
    signal.throwIfAborted();
    onKeeping(index);
    const kept = keptOutput(output);
    const mayBeId = contentIdsLength < MAX_CONTENT_IDS_LENGTH;
    const terms = { job, copies, expiresAt, room, signal, mayBeId };
    const { artifact, bytes, replicas } = await store.keep(kept, terms);
    const { name, mediaType, fileName } = kept;
    references.push({ name, mediaType, artifact, bytes, ...(fileName !== undefined && { fileName }) });
    referencesLength += name.length + mediaType.length + artifact.length + (fileName?.length ?? 0);
    if (referencesLength > MAX_REFERENCES_LENGTH) {
      throw new GismeshError('PROCESS_LIMIT_EXCEEDED', 'the names and types of the outputs are too long');
    }
    if (replicas === undefined) {
      contentIdsLength += artifact.length;
      continue;
    }
    holders = holders ? holders.filter((peer) => replicas.includes(peer)) : replicas;
  }
  return { references, holders: holders ?? [] };
}
