import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const PAGE_BYTES = 4096;

/** Processes below one, with their resident memory; empty where the system does not tell (it is Linux that does). */
export async function processesBelow(
  root: number,
): Promise<{ readonly pids: number[]; readonly bytes: number }> {
  const names = await readdir('/proc').catch(() => []);
  const children = new Map<number, { readonly pid: number; readonly bytes: number }[]>();
  await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
        // The name of a program may hold spaces and parentheses; numbers follow the last of them.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (fields.length < 22) return;
        const parent = Number(fields[1]);
        const siblings = children.get(parent) ?? [];
        children.set(parent, siblings);
        siblings.push({ pid: Number(name), bytes: Number(fields[21]) * PAGE_BYTES });
      }),
  );
  const pids: number[] = [];
  let bytes = 0;
  const waiting = [...(children.get(root) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    pids.push(next.pid);
    bytes += next.bytes;
    waiting.push(...(children.get(next.pid) ?? []));
  }
  return { pids, bytes };
}

/**
 * Bytes on the disk of all files below a folder, and their number. Stops counting at the bounds: a folder that is being
 * filled is not walked to its end.
 */
export async function folderUsage(
  folder: string,
  maxBytes: number,
  maxFiles: number,
): Promise<{ readonly bytes: number; readonly files: number }> {
  let bytes = 0;
  let files = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const file = path.join(next, entry.name);
      files += 1;
      if (entry.isDirectory()) waiting.push(file);
      const stats = await lstat(file).catch(() => undefined);
      // Sparse files have a size that they do not take.
      bytes += (stats?.blocks ?? 0) * 512;
      if (bytes > maxBytes || files > maxFiles) return { bytes, files };
    }
  }
  return { bytes, files };
}
