import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../../core/errors.ts';
import type { Log } from '../../platform/log.ts';
import { type DescriptionReader, readCommands } from './read-commands.ts';
import type { Command } from './schema.ts';

/** Folders of YAML files as they are now, read again only where something in them was changed. */
export class CommandFolders {
  readonly #folders: readonly string[];
  readonly #reader: DescriptionReader;
  readonly #log: Log;
  readonly #known = new Map<string, { readonly signature: string; readonly commands: readonly Command[] }>();

  /** @param folders those of an earlier one go before those of a later one */
  constructor(folders: readonly string[], reader: DescriptionReader, log: Log) {
    this.#folders = folders;
    this.#reader = reader;
    this.#log = log;
  }

  /** Rejects `CONFIG_INVALID` for a folder that cannot be read; a file that is wrong is left out, and logged once. */
  async read(): Promise<Command[]> {
    return (await Promise.all(this.#folders.map((folder) => this.#readFolder(folder)))).flat();
  }

  /** The same, but a folder that is gone for now counts as it was. */
  async readAgain(): Promise<Command[]> {
    const all = this.#folders.map(async (folder) => {
      try {
        return await this.#readFolder(folder);
      } catch (error) {
        if (!(error instanceof GismeshError)) throw error;
        return this.#known.get(folder)?.commands ?? [];
      }
    });
    return (await Promise.all(all)).flat();
  }

  async #readFolder(folder: string): Promise<readonly Command[]> {
    const signature = await signatureOf(folder);
    const known = this.#known.get(folder);
    if (known !== undefined && known.signature === signature) return known.commands;
    const onProblem = (error: Error) => this.#log.warn({ reason: error.message }, 'a process is not offered');
    const commands = await readCommands(folder, this.#reader, onProblem);
    this.#known.set(folder, { signature, commands });
    return commands;
  }
}

/** Names, sizes and times of what is in a folder; '' where it cannot be read. */
async function signatureOf(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const lines = names.sort().map(async (name) => {
    const stats = await stat(path.join(folder, name)).catch(() => undefined);
    return `${name} ${stats?.size} ${stats?.mtimeMs}`;
  });
  return (await Promise.all(lines)).join('\n');
}
