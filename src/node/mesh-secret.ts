import type { DataDir } from '../data/data-dir.ts';
import { formatInvitation, type Invitation, parseInvitation } from '../mesh/invitation.ts';
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
  if (join !== '') return await joinMesh(data, join);
  const stored = await data.loadMesh();
  if (stored) return { ...(await parseInvitation(stored.invitation)), words: stored.words };
  const words = createMeshWords();
  return await save(data, { key: await meshKeyOfWords(words), seeds: [], words });
}

/** Accepts an invitation for good; throws `INVITATION_INVALID` and changes nothing when it is none. */
export async function joinMesh(data: DataDir, text: string): Promise<MeshSecret> {
  const invitation = await parseInvitation(text);
  const words = invitation.words ?? (await knownWords(data, invitation.key));
  return await save(data, { ...invitation, words });
}

/** The words of this very mesh, if this peer has been told them before. */
async function knownWords(data: DataDir, key: Uint8Array): Promise<string | null> {
  const stored = await data.loadMesh();
  if (!stored) return null;
  const known = await parseInvitation(stored.invitation);
  return Buffer.from(known.key).equals(key) ? stored.words : null;
}

async function save(
  data: DataDir,
  mesh: Pick<Invitation, 'key' | 'seeds'> & { words: string | null },
): Promise<MeshSecret> {
  await data.saveMesh({ invitation: formatInvitation(mesh), words: mesh.words });
  return { key: mesh.key, seeds: mesh.seeds, words: mesh.words };
}
