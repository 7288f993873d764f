import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';

/** A folder of the test's own, removed after it. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-projects-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by their relative names. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return folder;
}

/** A Mapnik XML with these layers, each reading `points.csv`. */
export function mapWith(...layers: readonly string[]): string {
  const source = '<Parameter name="type">csv</Parameter><Parameter name="file">points.csv</Parameter>';
  const elements = layers.map((name) => `<Layer name="${name}"><Datasource>${source}</Datasource></Layer>`);
  return `<Map srs="EPSG:4326">${elements.join('')}</Map>`;
}

/** The files of a small, valid project. */
export function projectFiles(...layers: readonly string[]): Record<string, string> {
  return { 'project.xml': mapWith(...layers), 'points.csv': 'x,y\n1,1\n' };
}
