import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';

interface Invitation {
  readonly invitation: string;
  readonly words: string | null;
}

/** Prints what lets another machine into this mesh. */
export async function invite(options: Target & { json?: true }): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  const { invitation, words } = await client.post<Invitation>('/api/invitation');
  if (options.json) {
    output.json({ invitation, words });
    return;
  }
  output.line(
    'Whoever has this invitation can draw for, and see the maps of, this mesh: keep it in the room.',
  );
  output.line('');
  output.line('On another machine:');
  output.line(`  gismesh start --join ${invitation}`);
  if (!words) return;
  output.line('');
  output.line('Or, in the same network, by its six words:');
  output.line(`  gismesh start --join "${words}"`);
}
