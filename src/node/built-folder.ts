import { existsSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';

/** A folder of what the build makes, in a checkout and in an installed package alike. */
export function builtFolder(name: string): string {
  return path.join(packageFolder(), 'dist', name);
}

/** The descriptions of GDAL's programs, which need no build. */
export function shippedCommandFolder(): string {
  return path.join(packageFolder(), 'examples', 'processes', 'gdal');
}

function packageFolder(): string {
  return path.dirname(findPackageJSON(import.meta.url) ?? '');
}

/** The demo project, served when the user names no projects: made of Natural Earth's data by the build. */
export function demoProjectFolder(): string {
  const folder = builtFolder(path.join('projects', 'world'));
  if (!existsSync(folder)) {
    throw new GismeshError(
      'PROJECT_INVALID',
      `The demo project is not built (${folder}): run "npm run build" first`,
    );
  }
  return folder;
}
