import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Id of the one project of `standIn`. */
export const PROJECT = 'plain';

export interface StandInSetup {
  /** For `gismesh start`: the stand-in engine and its project. */
  readonly args: readonly string[];
  /** The same without any project: a front door that can draw nothing itself. */
  readonly argsWithoutProject: readonly string[];
  remove(): Promise<void>;
}

/** A configuration whose engine sleeps instead of drawing, so that only the mesh is measured. */
export async function standIn(settings: {
  serviceMs: number;
  slots: number;
  tileBytes: number;
}): Promise<StandInSetup> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-bench-'));
  const config = path.join(folder, 'config.yaml');
  await writeFile(config, JSON.stringify({ engines: { standIn: { enabled: true, ...settings } } }));
  const project = path.join(folder, PROJECT);
  const empty = path.join(folder, 'empty');
  await mkdir(project);
  await mkdir(empty);
  await writeFile(path.join(project, 'project.xml'), '<Map srs="epsg:3857"/>\n');
  return {
    args: ['--config', config, '--projects', project],
    argsWithoutProject: ['--config', config, '--projects', empty],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
