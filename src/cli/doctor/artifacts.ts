import type { ArtifactCounts } from '../../artifacts/artifacts.ts';
import { runningPeerIn } from '../../data/running-peer.ts';
import { PeerClient } from '../peer-client.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

type Counted = Pick<ArtifactCounts, 'artifacts' | 'damagedChunks' | 'spoiltArtifacts' | 'scrubbedAt'>;

const REMEDY = 'have the disk tested, e.g. smartctl -a; another one with --data';

/** Whether the disk gave outputs of jobs as they were written, as the peer that runs in the data folder found. */
export async function checkArtifacts(data: string): Promise<Finding[]> {
  if (!(await runningPeerIn(data))) return [];
  const client = await PeerClient.find({ data });
  const { artifacts } = await client.get<{ artifacts?: Counted }>('/api/status');
  return artifacts ? [judgeArtifacts(artifacts)] : [];
}

export function judgeArtifacts({ artifacts, damagedChunks, spoiltArtifacts, scrubbedAt }: Counted): Finding {
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
