import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GismeshError } from '../../core/errors.ts';
import type { Binding } from './binding.ts';

/*
 * The binding's npm package links its core library by an install script, which `--ignore-scripts`, global
 * installs and cautious administrators all leave out. So nothing here depends on scripts: the prebuilt binding
 * finds its library through `lib/` beside itself, and such a folder is put together at run time.
 */

/** Where the pieces of Mapnik are on this machine. Plain strings, so that it can be handed to a worker. */
export interface MapnikFiles {
  /** Prebuilt binding for this platform. */
  readonly binding: string;
  /** Folder with the core library and its datasource plugins. */
  readonly libraries: string;
  readonly plugins: string;
  readonly fonts: string;
  /** Data of ICU, GDAL and PROJ. */
  readonly share: string;
  /** Of the binding and of the core library, `4.7.7/4.2.1`. */
  readonly version: string;
}

const require = createRequire(import.meta.url);

/**
 * Finds Mapnik for this platform: the copy within gismesh's own release, else the npm package.
 *
 * @throws GismeshError `ENGINE_UNAVAILABLE` naming what is missing and what to do.
 */
export function locateMapnik(): MapnikFiles {
  const platform = `${process.platform}-${process.arch}`;
  const core = locateCore(platform);
  const root = bindingRoots().find((folder) => existsSync(join(folder, 'prebuilds')));
  if (root === undefined) {
    throw new GismeshError(
      'ENGINE_UNAVAILABLE',
      'Mapnik\'s binding is missing (dist/mapnik, @mapnik/mapnik). Install gismesh again, or run "npm run build".',
    );
  }
  const files = {
    binding: join(root, 'prebuilds', platform, '@mapnik+mapnik.node'),
    libraries: join(core, 'lib'),
    plugins: join(core, 'lib', 'mapnik', 'input'),
    fonts: join(root, 'lib', 'mapnik', 'fonts'),
    share: join(root, 'share'),
    version: `${packageVersion(root)}/${packageVersion(core)}`,
  };
  for (const path of [files.binding, files.libraries, files.plugins, files.fonts, files.share]) {
    if (!existsSync(path)) {
      throw new GismeshError(
        'ENGINE_UNAVAILABLE',
        `Mapnik is incomplete: ${path} is missing. Install gismesh again.`,
      );
    }
  }
  return files;
}

/**
 * The folder with PROJ's database. It comes with the binding's package on every platform, also where there is no
 * Mapnik to draw with.
 *
 * @throws GismeshError `ENGINE_UNAVAILABLE`
 */
export function locateProjData(): string {
  const folders = bindingRoots().map((root) => join(root, 'share', 'proj'));
  const found = folders.find((folder) => existsSync(join(folder, 'proj.db')));
  if (found === undefined) {
    throw new GismeshError(
      'ENGINE_UNAVAILABLE',
      'The database of coordinate reference systems is missing (dist/mapnik/share/proj). Install gismesh again, or run "npm run build".',
    );
  }
  return found;
}

/** Candidates, best first: beside the built files, in the built output of a work tree, the npm package. */
function bindingRoots(): string[] {
  const roots = ['../../../mapnik', '../../../dist/mapnik'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const installed = resolvePackage('@mapnik/mapnik');
  return installed === undefined ? roots : [...roots, installed];
}

function locateCore(platform: string): string {
  const name = `@mapnik/core-${platform}`;
  const folder = resolvePackage(name);
  if (folder === undefined) {
    throw new GismeshError(
      'ENGINE_UNAVAILABLE',
      `Mapnik for ${platform} is not installed (optional npm package ${name}). ` +
        'It exists for Linux with glibc and for macOS, x64 and arm64; there, install gismesh again without --omit=optional. ' +
        'Elsewhere this peer cannot draw, but can serve maps that others draw.',
    );
  }
  return folder;
}

function resolvePackage(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function packageVersion(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const version = (manifest as { version?: unknown }).version;
  return typeof version === 'string' ? version : 'unknown';
}

/**
 * Makes, or finds again, the folder in which the binding stands beside a `lib` link to its library. Its name
 * is a digest of what it is made from and each of its two entries appears at once, so that all peers and workers
 * of a machine may share it, and it survives whatever kills them.
 *
 * @param cacheFolder where to keep it; created when absent
 * @returns the path of the loadable binding
 * @throws GismeshError `ENGINE_UNAVAILABLE` when the folder cannot be written
 */
export function prepareBinding(files: MapnikFiles, cacheFolder: string): string {
  const { size, mtimeMs } = statSync(files.binding);
  const digest = createHash('sha256')
    .update(JSON.stringify([files.binding, size, mtimeMs, files.libraries]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheFolder, `mapnik-${digest}`);
  const binding = join(folder, 'mapnik.node');
  try {
    mkdirSync(folder, { recursive: true });
    unlessExists(() => symlinkSync(files.libraries, join(folder, 'lib'), 'dir'));
    const found = statSync(binding, { throwIfNoEntry: false });
    // A copy whose content never reached the disk, after a power cut.
    if (found && found.size !== size) rmSync(binding);
    if (found?.size !== size) linkOrCopy(files.binding, binding);
    return binding;
  } catch (cause) {
    throw new GismeshError(
      'ENGINE_UNAVAILABLE',
      `Mapnik cannot be set up in ${cacheFolder}: ${(cause as Error).message}. The folder must be writable.`,
      { cause },
    );
  }
}

/** A hard link where the file system allows it, else a copy that appears by rename. */
function linkOrCopy(from: string, to: string): void {
  try {
    unlessExists(() => linkSync(from, to));
  } catch {
    const draft = `${to}.${process.pid}`;
    copyFileSync(from, draft);
    renameSync(draft, to);
  }
}

function unlessExists(create: () => void): void {
  try {
    create();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The environment in which the binding finds its data; Mapnik's libraries read it when they are loaded. */
export function mapnikEnvironment(files: MapnikFiles): Record<string, string> {
  return {
    ICU_DATA: join(files.share, 'icu'),
    GDAL_DATA: join(files.share, 'gdal'),
    PROJ_LIB: join(files.share, 'proj'),
    PROJ_NETWORK: 'OFF',
    // GDAL shares sources between VRT datasets by default, which is not safe across threads.
    VRT_SHARED_SOURCE: '0',
  };
}

/**
 * Loads Mapnik into this process, for good: a worker, never the peer itself.
 *
 * @param binding from `prepareBinding`
 * @throws GismeshError `ENGINE_UNAVAILABLE` with the loader's words
 */
export function loadMapnik(files: MapnikFiles, binding: string): Binding {
  Object.assign(process.env, mapnikEnvironment(files));
  try {
    const mapnik = require(binding) as Binding;
    mapnik.registerFonts(files.fonts, { recurse: true });
    mapnik.registerDatasources(files.plugins);
    return mapnik;
  } catch (cause) {
    throw new GismeshError(
      'ENGINE_UNAVAILABLE',
      `Mapnik does not load: ${(cause as Error).message}. It needs glibc 2.29 or later (or macOS) on x64 or arm64.`,
      { cause },
    );
  }
}
