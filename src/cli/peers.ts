import type { PeerStatus } from '../mesh/peer-status.ts';
import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';
import { shortPeerId } from './report.ts';
import { table } from './table.ts';

/** Lists the peers that the local one knows, itself first. */
export async function peers(options: Target & { json?: true }): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const known = await client.get<PeerStatus[]>('/api/peers');
  if (options.json) {
    output.json(known);
    return;
  }
  const rows = [...known].sort((a, b) => Number(b.self) - Number(a.self) || a.name.localeCompare(b.name));
  output.line(
    table(
      ['NAME', 'PEER', 'STATE', 'OWNER', 'BUSY', 'CORES', 'RTT', 'DRAWN', 'ENGINES', 'PROJECTS'],
      rows.map(row),
    ),
  );
}

const OWNER = { away: 'away', active: 'working', battery: 'on battery' } as const;

function row(peer: PeerStatus): string[] {
  const { running, queued, slots } = peer.load;
  return [
    peer.self ? `${peer.name} (this one)` : peer.name,
    shortPeerId(peer.peerId),
    peer.draining && peer.state === 'alive' ? 'draining' : peer.state,
    OWNER[peer.owner],
    `${running}/${slots}${queued > 0 ? ` +${queued}` : ''}`,
    String(peer.cores),
    peer.rttMs === undefined ? '-' : `${peer.rttMs.toFixed(1)} ms`,
    String(peer.drawn),
    peer.engines.map(({ name, version }) => `${name} ${version}`).join(', ') || '-',
    peer.projects.map(({ id }) => id).join(', ') || '-',
  ];
}
