import { hkdfSync, randomInt, scrypt } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { distance } from 'fastest-levenshtein';
import { GismeshError } from '../core/errors.ts';

/**
 * The mesh key: 32 bytes that every member of a mesh holds and nobody else. A new mesh gets its key from six
 * generated words, so that it can also be told over the phone: 66 bits of entropy behind a slow, memory-hard
 * function. Everything that shows on the wire derives from the key one way.
 */
export const MESH_KEY_BYTES = 32;
const MESH_WORD_COUNT = 6;

/** Fixed: the words are generated, never chosen, so that a salt has no weak choices to protect. */
const WORDS_SALT = 'gismesh mesh words v1';
/** 128 MiB and about half a second for each guess. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

const known = new Set(wordlist);

/** Six random words of the BIP-39 English list, separated by blanks. */
export function createMeshWords(): string {
  return Array.from({ length: MESH_WORD_COUNT }, () => wordlist[randomInt(wordlist.length)]).join(' ');
}

/**
 * The canonical form of words as people type them: any case, separated by blanks, hyphens, commas or lines.
 *
 * @throws INVITATION_INVALID when the count is wrong or a word is not on the list; names the nearest word.
 */
export function normaliseMeshWords(text: string): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  if (words.length !== MESH_WORD_COUNT) {
    const counted = words.length === 1 ? 'this is one' : `these are ${words.length}`;
    throw new GismeshError('INVITATION_INVALID', `An invitation has ${MESH_WORD_COUNT} words, ${counted}.`);
  }
  for (const [index, word] of words.entries()) {
    if (known.has(word)) continue;
    const named = `Word ${index + 1} of the invitation, "${word.slice(0, 32)}", is not one of ours`;
    throw new GismeshError('INVITATION_INVALID', `${named}. Did you mean "${nearestWord(word)}"?`);
  }
  return words.join(' ');
}

/** The fewest edits away; among those, the one that begins alike: the list's words differ in their first four. */
function nearestWord(text: string): string {
  const typed = text.slice(0, 32);
  const alike = (word: string) =>
    [1, 2, 3, 4].filter((length) => word.startsWith(typed.slice(0, length))).length;
  const score = (word: string) => 5 * distance(typed, word) - alike(word);
  return wordlist.reduce((best, word) => (score(word) < score(best) ? word : best));
}

/** The key of six words, derived by scrypt off the event loop; takes about half a second. */
export async function meshKeyOfWords(words: string): Promise<Uint8Array> {
  const canonical = normaliseMeshWords(words);
  return await new Promise((resolve, reject) => {
    scrypt(canonical, WORDS_SALT, MESH_KEY_BYTES, SCRYPT, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}

/** What the network layer derives from the key. None of it leads back to the key. */
export interface MeshSecrets {
  /** Mixed into the Noise handshake, 32 bytes: a stranger's handshake fails. */
  readonly prologue: Uint8Array;
  /** Authenticates announcements on the local network, 32 bytes. */
  readonly announcementKey: Uint8Array;
  /** DNS service name of the mesh on the local network (RFC 6763): public, the same for all members. */
  readonly serviceName: string;
}

export function meshSecrets(key: Uint8Array): MeshSecrets {
  if (key.length !== MESH_KEY_BYTES) {
    throw new GismeshError('CONFIG_INVALID', `A mesh key has ${MESH_KEY_BYTES} bytes, not ${key.length}.`);
  }
  const derive = (purpose: string, length: number) =>
    new Uint8Array(hkdfSync('sha256', key, 'gismesh', purpose, length));
  const tag = Buffer.from(derive('mdns service v1', 6)).toString('hex');
  return {
    prologue: derive('noise prologue v1', 32),
    announcementKey: derive('mdns announcement v1', 32),
    serviceName: `_gm-${tag}._udp.local`,
  };
}
