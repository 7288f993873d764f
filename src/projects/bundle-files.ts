import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';

export interface BundleLimits {
  readonly maxFiles: number;
  /** Of all files together. */
  readonly maxBytes: number;
  /** Folders within folders. */
  readonly maxDepth: number;
}

/** A file of a project folder, as it was when looked at. */
interface BundleFile {
  /** Relative to the folder, with `/` on every platform. */
  readonly name: string;
  /** Absolute and free of links. */
  readonly path: string;
  readonly bytes: number;
  /** Differs whenever the content may have been written. */
  readonly stamp: string;
  /** Milliseconds since the epoch, by the file system's clock. */
  readonly changedAt: number;
}

export interface BundleListing {
  /** By name, so that equal folders give equal lists. */
  readonly files: readonly BundleFile[];
  /** Absolute paths of the folder and those within it. */
  readonly folders: readonly string[];
}

/**
 * What editors, file managers and databases leave beside the files they work on. Hidden files are left out too.
 * SQLite's `-wal` and `-journal` stay in: they hold data.
 */
const IGNORED = [
  /^\./,
  /^~\$/,
  /~$/,
  /^#.*#$/,
  /\.(?:tmp|temp|swp|swo|part|crdownload|lock|lck|bak)$/i,
  /-shm$/,
  /^(?:thumbs\.db|desktop\.ini|__macosx)$/i,
];

/**
 * Lists the files that make up a project folder. Links to files within the folder are followed.
 *
 * @throws GismeshError `PROJECT_INVALID` for what no bundle may hold: links out of the folder or to folders,
 *   pipes and devices, names that are not portable, more than the limits allow.
 */
export async function listBundle(folder: string, limits: BundleLimits): Promise<BundleListing> {
  const root = await realpath(folder);
  const files: BundleFile[] = [];
  const folders: string[] = [];
  let bytes = 0;
  const pending = [{ path: root, name: '', depth: 0 }];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    folders.push(at.path);
    for (const entry of at.depth === 0 ? await readdir(root) : await readdirIfThere(at.path)) {
      if (IGNORED.some((pattern) => pattern.test(entry))) continue;
      const name = at.name === '' ? entry : `${at.name}/${entry}`;
      checkName(name);
      const found = await look(root, path.join(at.path, entry), name);
      if (found === 'gone') continue;
      if (found === 'folder') {
        if (at.depth === limits.maxDepth)
          throw invalid(`folders are nested deeper than ${limits.maxDepth}: "${name}"`);
        pending.push({ path: path.join(at.path, entry), name, depth: at.depth + 1 });
        continue;
      }
      files.push(found);
      bytes += found.bytes;
      if (files.length > limits.maxFiles) throw invalid(`it holds more than ${limits.maxFiles} files`);
      if (bytes > limits.maxBytes) throw invalid(`its files hold more than ${limits.maxBytes} bytes`);
    }
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { files, folders };
}

/** Equal for two listings only if no file came, went, or may have been written in between. */
export function stampOf({ files }: BundleListing): string {
  return files.map(({ name, stamp }) => `${name}\0${stamp}`).join('\n');
}

async function look(root: string, location: string, name: string): Promise<BundleFile | 'folder' | 'gone'> {
  const own = await lstatIfThere(location);
  if (own === undefined) return 'gone';
  if (own.isDirectory()) return 'folder';
  if (!own.isSymbolicLink()) return fileOf(own, location, name);
  const target = await targetOf(location, name);
  if (!target.startsWith(root + path.sep)) {
    throw invalid(`"${name}" is a link out of the folder; copy the file into it`);
  }
  const stats = await lstatIfThere(target);
  if (stats === undefined) return 'gone';
  if (stats.isDirectory()) throw invalid(`"${name}" is a link to a folder; name the folder itself instead`);
  return fileOf(stats, target, name);
}

function fileOf(stats: Stats, location: string, name: string): BundleFile {
  if (!stats.isFile()) throw invalid(`"${name}" is neither a file nor a folder; remove it`);
  return {
    name,
    path: location,
    bytes: Number(stats.size),
    stamp: `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`,
    changedAt: Number(stats.ctimeMs),
  };
}

type Stats = NonNullable<Awaited<ReturnType<typeof lstatIfThere>>>;

async function lstatIfThere(location: string) {
  try {
    return await lstat(location, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A folder within may go between being named and being read. */
async function readdirIfThere(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function targetOf(location: string, name: string): Promise<string> {
  try {
    return await realpath(location);
  } catch (cause) {
    throw invalid(`"${name}" is a link that leads nowhere; remove it`, cause);
  }
}

/** A bundle must mean the same on every platform. U+FFFD stands where a name was not UTF-8. */
function checkName(name: string): void {
  if (/[\p{Cc}\\:\ufffd]/u.test(name)) {
    throw invalid(`the file name ${JSON.stringify(name)} is not portable; rename the file`);
  }
}

function invalid(message: string, cause?: unknown): GismeshError {
  return new GismeshError('PROJECT_INVALID', message, { cause });
}
