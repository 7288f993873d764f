import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';

/** The map file's usual name; another `*.xml` is taken if it is the only map in the folder. */
const USUAL_NAME = 'project.xml';

/** Enough to see whether an XML file is a map: declaration, comment and root element. */
const HEAD_BYTES = 64 * 1024;

/** Of `*.xml` in one folder; more are no project but an archive of something. */
const MAX_CANDIDATES = 100;

/**
 * Name of the Mapnik XML in a folder; undefined when there is none, and so no project. XML files that are no
 * maps (metadata of data sets, for the most part) do not count.
 *
 * @throws GismeshError `PROJECT_INVALID` when several maps could be meant.
 */
export async function findMapFile(folder: string): Promise<string | undefined> {
  const entries = (await readdir(folder)).filter((name) => /\.xml$/i.test(name) && !name.startsWith('.'));
  if (entries.includes(USUAL_NAME)) return USUAL_NAME;
  const maps: string[] = [];
  for (const name of entries.slice(0, MAX_CANDIDATES)) {
    if (await isMapnikXml(path.join(folder, name))) maps.push(name);
  }
  if (maps.length < 2) return maps[0];
  const message = `it holds several maps (${maps.sort().join(', ')}); name the one to serve ${USUAL_NAME}`;
  throw new GismeshError('PROJECT_INVALID', message);
}

async function isMapnikXml(file: string): Promise<boolean> {
  try {
    await using handle = await open(file, 'r');
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES);
    const head = buffer.toString('utf8', 0, bytesRead).replaceAll(/<!--[\s\S]*?-->/g, '');
    return /^\ufeff?\s*(?:<\?[^>]*\?>\s*)*(?:<!DOCTYPE[\s\S]*?>\s*)?<Map[\s/>]/.test(head);
  } catch {
    return false;
  }
}
