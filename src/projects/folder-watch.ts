import { type FSWatcher, watch } from 'node:fs';

/**
 * Tells soon when something happened in a set of folders (not in folders within them). Only a hint: network
 * file systems tell nothing, and the system may run out of watches; whoever listens must also look by itself.
 */
export class FolderWatch {
  readonly #maxFolders: number;
  readonly #onHint: () => void;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(maxFolders: number, onHint: () => void) {
    this.#maxFolders = maxFolders;
    this.#onHint = onHint;
  }

  /** Watches exactly these folders from now on, the first ones if they are too many. */
  update(folders: Iterable<string>): void {
    const wanted = new Set([...folders].slice(0, this.#maxFolders));
    for (const folder of this.#watchers.keys()) if (!wanted.has(folder)) this.#drop(folder);
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#add(folder);
  }

  close(): void {
    for (const folder of [...this.#watchers.keys()]) this.#drop(folder);
  }

  #add(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        // A folder that was removed and made anew has another inode: watch it again.
        if (event === 'rename' && (name === null || folder.endsWith(name))) this.#drop(folder);
        this.#onHint();
      });
      watcher.on('error', () => this.#drop(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // Out of watches, or no such folder: looking from time to time has to do.
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
