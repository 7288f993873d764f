import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { MUTATIONS, type Mutation } from './catalogue.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/**
 * The text of a file with the mistake in it. Throws when the snippet does not stand there exactly once: a mistake
 * that is not planted would count as one that nobody finds.
 */
export function mutated({ name, file, find, replace }: Mutation, source: string): string {
  const count = source.split(find).length - 1;
  if (count !== 1)
    throw new Error(`mutation ${name}: its snippet stands ${count} times in ${file}, not once`);
  return source.replace(find, () => replace);
}

/** From now on, whoever imports the file gets the mistake. Throws when it cannot be planted. */
export function plant(name: string): Mutation {
  const mutation = MUTATIONS.find((known) => known.name === name);
  if (!mutation) throw new Error(`there is no mutation ${name}`);
  const file = path.join(ROOT, mutation.file);
  mutated(mutation, readFileSync(file, 'utf8'));
  const { href } = pathToFileURL(file);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      return url === href ? { ...loaded, source: mutated(mutation, String(loaded.source)) } : loaded;
    },
  });
  return mutation;
}
