import { access, constants, mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { FolderLock } from './folder-lock.ts';
import { readOptional, unusable, writePrivately } from './private-file.ts';
import { announce, type RunningPeer, retract } from './running-peer.ts';

/** Which mesh this peer belongs to. The words are known only where the key was made from them. */
export interface StoredMesh {
  readonly invitation: string;
  readonly words: string | null;
}

/**
 * A peer's private folder: its identity, its mesh, its caches, and the lock that keeps a second peer out.
 *
 * The order of a peer's life: `open`, `lock`, `loadIdentity` and `loadMesh` (and their `save`s on the first
 * start), `publish` once the front door listens, `close` at the end. Errors: `DATA_DIR_UNUSABLE` (cannot be
 * created, read or written), `DATA_DIR_LOCKED` (another peer runs here; the message names its pid).
 */
export class DataDir {
  /** Absolute path. */
  readonly path: string;
  #lock: FolderLock | undefined;
  #published: RunningPeer | undefined;

  private constructor(folder: string) {
    this.path = folder;
  }

  /** Creates the folder (0700) when it is missing and makes sure that it can be written to. */
  static async open(folder: string): Promise<DataDir> {
    const absolute = path.resolve(folder);
    try {
      await makeFolder(absolute, 0o700);
      await access(absolute, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (cause) {
      throw unusable(absolute, 'be used for data', cause);
    }
    return new DataDir(absolute);
  }

  /** Makes this process the only peer of the folder until `close` or its death, whichever kind. */
  async lock(): Promise<void> {
    if (this.#lock) return;
    try {
      this.#lock = FolderLock.take(this.path);
    } catch (cause) {
      throw unusable(this.path, 'be locked', cause);
    }
    if (!this.#lock) throw await this.#lockedByAnother();
    await rm(this.#file('peer.json'), { force: true });
    await writePrivately(this.#file('pid'), String(process.pid));
  }

  async #lockedByAnother(): Promise<GismeshError> {
    const pid = (await readOptional(this.#file('pid')))?.toString().trim();
    return new GismeshError(
      'DATA_DIR_LOCKED',
      `another peer${pid ? ` (process ${pid})` : ''} uses the data folder ${this.path}: ` +
        'stop it with "gismesh stop", or give this one its own folder with --data',
    );
  }

  /** The peer's private key as it was saved; undefined on the first start. */
  async loadIdentity(): Promise<Uint8Array | undefined> {
    return readOptional(this.#file('identity.key'));
  }

  async saveIdentity(key: Uint8Array): Promise<void> {
    await writePrivately(this.#file('identity.key'), key);
  }

  /** The mesh joined or made earlier; undefined on the first start. */
  async loadMesh(): Promise<StoredMesh | undefined> {
    const text = await readOptional(this.#file('mesh.json'));
    if (!text) return undefined;
    try {
      const { invitation, words } = JSON.parse(text.toString()) as Record<string, unknown>;
      if (typeof invitation !== 'string') throw new TypeError('no invitation in it');
      return { invitation, words: typeof words === 'string' ? words : null };
    } catch (cause) {
      const remedy = 'join again with "gismesh join <invitation>"';
      throw new GismeshError('DATA_DIR_UNUSABLE', `${this.#file('mesh.json')} is damaged: ${remedy}`, {
        cause,
      });
    }
  }

  async saveMesh(mesh: StoredMesh): Promise<void> {
    await writePrivately(this.#file('mesh.json'), `${JSON.stringify(mesh)}\n`);
  }

  /** Absolute path of a subfolder (0700), created when missing. */
  async folder(name: string): Promise<string> {
    const folder = this.#file(name);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw unusable(folder, 'be created', cause);
    }
    return folder;
  }

  /**
   * Lets the other commands find this peer, by data folder and by HTTP port. With `byPort: false` only
   * `--data` finds it, for the `reason` given.
   */
  async publish(peer: Omit<RunningPeer, 'data' | 'pid'>): ReturnType<typeof announce> {
    this.#published = { ...peer, pid: process.pid, data: this.path };
    return announce(this.#published);
  }

  /** Takes back what `publish` wrote and lets go of the lock. */
  async close(): Promise<void> {
    if (!this.#lock) return;
    if (this.#published) await retract(this.#published);
    this.#published = undefined;
    await rm(this.#file('pid'), { force: true });
    this.#lock.release();
    this.#lock = undefined;
  }

  #file(name: string): string {
    return path.join(this.path, name);
  }
}

/** The user's data folder: `GISMESH_DATA`, or the platform's place for application data. */
export function defaultDataFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.GISMESH_DATA) return path.resolve(env.GISMESH_DATA);
  if (platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support', 'gismesh');
  // The XDG base directory specification: a relative path is invalid and ignored.
  const shared = env.XDG_DATA_HOME;
  return path.join(
    shared && path.isAbsolute(shared) ? shared : path.join(homedir(), '.local/share'),
    'gismesh',
  );
}

/** What every peer of this user would else find out anew: `XDG_CACHE_HOME`, or the platform's place for caches. */
export function commonCacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'gismesh');
  const shared = env.XDG_CACHE_HOME;
  return path.join(shared && path.isAbsolute(shared) ? shared : path.join(homedir(), '.cache'), 'gismesh');
}
