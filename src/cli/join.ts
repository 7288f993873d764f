import { DataDir, defaultDataFolder } from '../data/data-dir.ts';
import { runningPeerIn } from '../data/running-peer.ts';
import { formatInvitation, parseInvitation } from '../mesh/invitation.ts';
import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';

/** Makes the running peer change its mesh now, or one that does not run belong to it from its next start. */
export async function join(text: string, options: Target & { json?: true }): Promise<void> {
  const output = new Output();
  const invitation = await parseInvitation(text);
  const data = options.data ?? defaultDataFolder();
  const isRunning = options.url !== undefined || (await runningPeerIn(data)) !== undefined;
  if (isRunning) {
    const client = await PeerClient.find(options);
    await client.post('/api/join', { invitation: text });
  } else {
    const folder = await DataDir.open(data);
    await folder.lock();
    await folder.saveMesh({ invitation: formatInvitation(invitation), words: invitation.words ?? null });
    await folder.close();
  }
  if (options.json) output.json({ joined: true, running: isRunning });
  else
    output.line(
      isRunning ? 'joined: this peer belongs to the mesh now' : 'joined: "gismesh start" enters the mesh',
    );
}
