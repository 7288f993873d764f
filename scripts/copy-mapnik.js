import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `@mapnik/mapnik` runs install scripts that break global installs, so the release carries what it needs of it:
// the bindings of every platform, the fonts and the data, in the package's own layout. The core libraries, one
// per platform, come as optional dependencies, which have no scripts.
const PARTS = ['package.json', 'LICENSE.txt', 'prebuilds', 'share', 'lib/mapnik/fonts'];

/** Links that the package's install script leaves behind, valid on one machine only. */
const isInstallLeftover = (path) => /prebuilds\/[^/]+\/(lib|bin|mapnik_settings\.js)(\/|$)/.test(path);

/**
 * Fills `<root>/dist/mapnik` with the redistributable parts of `@mapnik/mapnik` for all platforms. The folder
 * appears by rename; one of the same version is left alone.
 *
 * @param {string} root the package's root folder
 */
export function copyMapnik(root) {
  const require = createRequire(join(root, 'package.json'));
  const source = dirname(require.resolve('@mapnik/mapnik/package.json'));
  const target = join(root, 'dist', 'mapnik');
  if (isCurrent(require, source, target)) return;
  const draft = `${target}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  for (const part of PARTS) {
    mkdirSync(dirname(join(draft, part)), { recursive: true });
    cpSync(join(source, part), join(draft, part), {
      recursive: true,
      filter: (path) => !isInstallLeftover(path.slice(source.length).replaceAll('\\', '/')),
    });
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(draft, target);
}

function isCurrent(require, source, target) {
  const manifest = join(target, 'package.json');
  if (!existsSync(manifest)) return false;
  return require(manifest).version === require(join(source, 'package.json')).version;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  copyMapnik(fileURLToPath(new URL('..', import.meta.url)));
}
