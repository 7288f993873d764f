import { type FileHandle, open } from 'node:fs/promises';

/**
 * Sees to it that what was written to a file, by whomever in this process, is on the disk. One flush at a time: who
 * comes while one is under way shares the one after it. Another thread waits for the disk.
 */
export class FileFlusher {
  readonly #file: string;
  #handle: Promise<FileHandle> | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Rejects with what the disk refuses. */
  flush(): Promise<void> {
    this.#next ??= this.#after(this.#running);
    return this.#next;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next]);
    await this.#closeFile();
  }

  async #after(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => {});
    const flushing = this.#sync();
    this.#running = flushing;
    this.#next = undefined;
    await flushing;
  }

  async #sync(): Promise<void> {
    // Windows flushes only what was opened for writing.
    this.#handle ??= open(this.#file, 'r+');
    try {
      await (await this.#handle).datasync();
    } catch (error) {
      await this.#closeFile();
      throw error;
    }
  }

  async #closeFile(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.then((opened) => opened.close()).catch(() => {});
  }
}
