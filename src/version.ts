import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of this package. */
export function version(): string {
  const manifest = findPackageJSON(import.meta.url);
  if (!manifest) throw new Error('package.json is missing');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
