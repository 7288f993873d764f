import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { ProcessDescription } from '../ogc/processes/process-description.ts';
import type { JobsContext } from './front-door-context.ts';

/**
 * Whether a job is still as `record` has it, and, where that was told as well, its process as it was described then:
 * the premise of an answer that says nothing else.
 */
export function unchangedJob(
  jobs: JobsContext,
  { status: { id, process }, fingerprint, expiresAt }: StatusRecord,
  description?: ProcessDescription,
): () => boolean {
  const service = jobs.service();
  return () => {
    if (jobs.service() !== service) return false;
    const held = service.map.version(id);
    return (
      held?.fingerprint === fingerprint &&
      held.expiresAt === expiresAt &&
      (description === undefined || service.processes.find(process) === description)
    );
  };
}
