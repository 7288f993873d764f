import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { GismeshError } from '../core/errors.ts';
import type { FrontDoorOptions } from './options.ts';
import type { Reply } from './reply.ts';

const compress = promisify(gzip);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** Where the build puts files whose name holds a hash of their content. */
const HASHED_FILES = '/assets/';

interface PageFile {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
  readonly body: Uint8Array;
  readonly gzipped: Uint8Array;
}

/**
 * The built page, read once into memory: a request's path is looked up among the files that are there and
 * never becomes a path on the disk.
 */
export class Page {
  readonly #files: ReadonlyMap<string, PageFile>;

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files;
  }

  /** Resolves to undefined when the folder holds no built page. */
  static async load(
    folder: string,
    limits: Pick<FrontDoorOptions, 'maxPageBytes' | 'maxPageFiles'>,
  ): Promise<Page | undefined> {
    const names = await filesOf(folder);
    if (!names.includes('index.html')) return undefined;
    if (names.length > limits.maxPageFiles) throw tooLarge(folder, `${names.length} files`);
    const files = new Map<string, PageFile>();
    let bytes = 0;
    for (const name of names) {
      const body = await readFile(path.join(folder, name));
      bytes += body.length;
      if (bytes > limits.maxPageBytes) throw tooLarge(folder, `more than ${limits.maxPageBytes} bytes`);
      files.set(`/${name.split(path.sep).join('/')}`, await pageFile(name, body));
    }
    return new Page(files);
  }

  /** `path` as it came, percent-encoded or not; `/` is the index. */
  reply(path: string): Reply | undefined {
    const file = this.#files.get(path === '/' ? '/index.html' : path);
    if (file === undefined) return undefined;
    const { contentType, cacheControl, etag, body, gzipped } = file;
    const headers = { 'content-type': contentType, 'cache-control': cacheControl, etag };
    return { status: 200, headers, body, gzipped };
  }
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function pageFile(name: string, body: Uint8Array): Promise<PageFile> {
  const hashed = `/${name.split(path.sep).join('/')}`.startsWith(HASHED_FILES);
  return {
    contentType: CONTENT_TYPES[path.extname(name).toLowerCase()] ?? 'application/octet-stream',
    cacheControl: hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: documentTag(body),
    body,
    gzipped: await compress(body),
  };
}

/** A weak entity tag: the same for the plain and the compressed form. */
export function documentTag(body: Uint8Array | string): string {
  return `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

function tooLarge(folder: string, found: string): GismeshError {
  return new GismeshError(
    'CONFIG_INVALID',
    `The page's folder ${folder} has ${found}: is it the built page?`,
  );
}
