import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ApplicationSettings } from './launch.ts';

const MAX_FILES = 1000;

/** Names, sizes and times of the Python files and configurations of an application. */
export async function signatureOf({ folder, config }: ApplicationSettings): Promise<string> {
  const root = path.resolve(folder);
  const lines: string[] = [];
  const waiting = [root];
  let files = 0;
  for (let next = waiting.pop(); next !== undefined && files < MAX_FILES; next = waiting.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    // Libraries of a virtual environment do not change by themselves.
    if (entries.some(({ name }) => name === 'pyvenv.cfg')) continue;
    for (const entry of entries) {
      if (entry.isDirectory() && !/^(?:\.|__pycache__|node_modules)/.test(entry.name)) {
        waiting.push(path.join(next, entry.name));
      }
      if (!/\.(?:py|cfg|ini|json|ya?ml)$/.test(entry.name) || files >= MAX_FILES) continue;
      files += 1;
      lines.push(await lineOf(path.join(next, entry.name)));
    }
  }
  if (config !== '') lines.push(await lineOf(path.resolve(root, config)));
  return lines.sort().join('\n');
}

async function lineOf(file: string): Promise<string> {
  const stats = await stat(file).catch(() => undefined);
  return `${file} ${stats?.size} ${stats?.mtimeMs}`;
}
