import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A JSON file of an npm package, as `package/path`. */
export function readJson(path) {
  return JSON.parse(readFileSync(require.resolve(path), 'utf8'));
}
