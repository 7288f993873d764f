import { GismeshError } from '../../core/errors.ts';
import { runningPeerIn } from '../../data/running-peer.ts';
import type { PeerStatus } from '../../mesh/peer-status.ts';
import { PeerClient } from '../peer-client.ts';
import { type CountedArtifacts, judgeArtifacts } from './artifacts.ts';
import { judgeClocks } from './clock.ts';
import { type Finding, fail } from './finding.ts';

/**
 * What the peer that runs in the data folder has found: whether the clocks of its mesh agree, and whether its disk gave
 * outputs of jobs as they were written. Nothing where none runs; one that does not answer is a finding by itself.
 */
export async function checkRunningPeer(data: string): Promise<Finding[]> {
  if (!(await runningPeerIn(data))) return [];
  try {
    const client = await PeerClient.find({ data });
    const peers = await client.get<PeerStatus[]>('/api/peers');
    const { artifacts } = await client.get<{ artifacts?: CountedArtifacts }>('/api/status');
    return [...judgeClocks(peers), ...(artifacts ? [judgeArtifacts(artifacts)] : [])];
  } catch (error) {
    if (!(error instanceof GismeshError)) throw error;
    // It may have been stopped meanwhile.
    if (!(await runningPeerIn(data))) return [];
    return [fail('peer', error.message, 'end it with gismesh stop and start it again; its log tells more')];
  }
}
