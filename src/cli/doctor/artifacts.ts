import type { ArtifactCounts } from '../../artifacts/artifacts.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export type CountedArtifacts = Pick<
  ArtifactCounts,
  'artifacts' | 'damagedChunks' | 'spoiltArtifacts' | 'scrubbedAt'
>;

const REMEDY = 'have the disk tested, e.g. smartctl -a; another one with --data';

/** Whether the disk gave outputs of jobs as they were written. */
export function judgeArtifacts({
  artifacts,
  damagedChunks,
  spoiltArtifacts,
  scrubbedAt,
}: CountedArtifacts): Finding {
  if (spoiltArtifacts > 0) {
    const detail = `${spoiltArtifacts} of ${artifacts} are damaged, and no peer that is here has them whole`;
    return fail('artifacts', detail, `switch on the peers that may have them; ${REMEDY}`);
  }
  if (damagedChunks > 0) {
    return warn('artifacts', `the disk gave ${damagedChunks} chunks wrongly since the start`, REMEDY);
  }
  const looked =
    scrubbedAt === undefined
      ? 'not all looked through yet'
      : `whole at ${new Date(scrubbedAt).toISOString()}`;
  return ok('artifacts', `${artifacts} here, ${looked}`);
}
