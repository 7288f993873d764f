import type { DataDir } from '../data/data-dir.ts';
import { formatInvitation, parseInvitation } from '../mesh/invitation.ts';
import { createMeshWords, meshKeyOfWords } from '../mesh/mesh-key.ts';

/** The mesh a peer belongs to. */
export interface MeshSecret {
  readonly key: Uint8Array;
  readonly seeds: readonly string[];
  /** Null where the mesh was joined by a code, which does not tell its words. */
  readonly words: string | null;
}

/** The mesh to start with: the one invited to, else the one of last time, else a new one. */
export async function meshSecretOf(data: DataDir, join: string): Promise<MeshSecret> {
  if (join !== '') return await saveMesh(data, await readInvitation(data, join));
  const stored = await data.loadMesh();
  if (stored) return { ...(await parseInvitation(stored.invitation)), words: stored.words };
  const words = createMeshWords();
  return await saveMesh(data, { key: await meshKeyOfWords(words), seeds: [], words });
}

/** The mesh that an invitation is to; throws `INVITATION_INVALID`. */
export async function readInvitation(data: DataDir, text: string): Promise<MeshSecret> {
  const { key, seeds, words } = await parseInvitation(text);
  return { key, seeds, words: words ?? (await knownWords(data, key)) };
}

/** Makes it the mesh of next time, too. */
export async function saveMesh(data: DataDir, mesh: MeshSecret): Promise<MeshSecret> {
  await data.saveMesh({ invitation: formatInvitation(mesh), words: mesh.words });
  return mesh;
}

/** The words of this very mesh, if this peer has been told them before. */
async function knownWords(data: DataDir, key: Uint8Array): Promise<string | null> {
  const stored = await data.loadMesh();
  if (!stored) return null;
  const known = await parseInvitation(stored.invitation);
  return Buffer.from(known.key).equals(key) ? stored.words : null;
}
