import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PeerProcess } from '../../test/system/helpers/peer-process.ts';

/** A peer alone, which does not ask an installed QGIS for its algorithms meanwhile: that is once in a peer's life. */
export async function startLonePeer(): Promise<PeerProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-bench-'));
  try {
    const config = path.join(folder, 'config.yaml');
    await writeFile(config, JSON.stringify({ processes: { qgis: { enabled: false } } }));
    return await PeerProcess.start({ args: ['--no-mdns', '--listen', '127.0.0.1:0', '--config', config] });
  } finally {
    await rm(folder, { recursive: true });
  }
}
