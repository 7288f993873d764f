import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';
import { findMapFile } from './map-file.ts';
import { METADATA_FILE } from './metadata.ts';

/** A folder that holds a project, or tries to. */
export interface ProjectFolder {
  readonly id: string;
  readonly folder: string;
  /** Why it cannot be served under this id, known from its name and place alone. */
  readonly refusal?: string;
}

export interface Discovery {
  readonly projects: readonly ProjectFolder[];
  /** Roots and folders that could not be read: nothing is known of projects in them. */
  readonly unreadable: ReadonlyMap<string, NodeJS.ErrnoException>;
  /** Folders in which a project may appear. */
  readonly places: readonly string[];
}

/**
 * Looks for projects in the roots: a root that holds a map is one itself, else each of its folders that does.
 * Of two with one id the first in order (of the roots, then by name) has it.
 *
 * @param maxProjects most that are served; the others are refused
 */
export async function discover(roots: readonly string[], maxProjects: number): Promise<Discovery> {
  const found: ProjectFolder[] = [];
  const unreadable = new Map<string, NodeJS.ErrnoException>();
  const places: string[] = [];
  const attempt = async <T>(location: string, look: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      unreadable.set(location, error as NodeJS.ErrnoException);
      return undefined;
    }
  };
  for (const root of roots) {
    places.push(root);
    if (await attempt(root, () => isProject(root))) {
      found.push(candidate(root));
      continue;
    }
    for (const folder of (await attempt(root, () => foldersIn(root))) ?? []) {
      places.push(folder);
      if (await attempt(folder, () => isProject(folder))) found.push(candidate(folder));
    }
  }
  return { projects: withoutClashes(found, maxProjects), unreadable, places };
}

/** The folder's name as an id: lower case, and `-` for what an id cannot hold. Empty if nothing is left. */
export function projectId(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64)
    .replace(/-+$/, '');
}

function candidate(folder: string): ProjectFolder {
  const name = path.basename(folder);
  const id = projectId(name);
  if (id !== '') return { id, folder };
  const refusal = `no project id can be made of the folder name "${name}"; use a-z, 0-9, "-" and "_"`;
  return { id: name, folder, refusal };
}

function withoutClashes(found: readonly ProjectFolder[], maxProjects: number): ProjectFolder[] {
  const holders = new Map<string, string>();
  return found.map((project) => {
    if (project.refusal !== undefined) return project;
    const holder = holders.get(project.id);
    if (holder !== undefined) {
      return {
        ...project,
        refusal: `${project.folder}: ${holder} has the id "${project.id}" already; rename one`,
      };
    }
    if (holders.size === maxProjects) {
      return { ...project, refusal: `${project.folder}: ${maxProjects} projects are served already` };
    }
    holders.set(project.id, project.folder);
    return project;
  });
}

/** A folder meant as a project counts even if it cannot be served: its owner must hear why. */
async function isProject(folder: string): Promise<boolean> {
  try {
    return (await findMapFile(folder)) !== undefined || (await readdir(folder)).includes(METADATA_FILE);
  } catch (error) {
    if (error instanceof GismeshError) return true;
    throw error;
  }
}

async function foldersIn(root: string): Promise<string[]> {
  const names = (await readdir(root)).filter((name) => !name.startsWith('.')).sort();
  const folders: string[] = [];
  for (const name of names) {
    const folder = path.join(root, name);
    if (await isFolder(folder)) folders.push(folder);
  }
  return folders;
}

async function isFolder(location: string): Promise<boolean> {
  try {
    return (await stat(location)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ELOOP';
}
