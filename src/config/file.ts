import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import { GismeshError } from '../core/errors.ts';

/** Far above any real configuration; keeps a wrong file from being parsed for minutes. */
const MAX_BYTES = 1024 * 1024;

export interface ConfigFile {
  /** Absolute path. */
  readonly path: string;
  readonly content: Record<string, unknown>;
  /** `file:line` of a setting, or of the nearest section around it. */
  position(place: string): string;
}

/** Reads a YAML file whose top level is a mapping. Rejects `CONFIG_INVALID` with the line of the problem. */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = await readBounded(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const [error] = document.errors;
  if (error)
    throw new GismeshError('CONFIG_INVALID', `${at(error.pos[0])}: ${error.message}`, { cause: error });
  const content = contentOf(document, file);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new GismeshError('CONFIG_INVALID', `${file}: must hold "section: settings" lines (a YAML mapping)`);
  }
  const position = (place: string) => at(offsetOf(document.contents, place.split('.')));
  return { path: path.resolve(file), content: content as Record<string, unknown>, position };
}

/** Rejects nests of aliases that would expand without bound. */
function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    throw new GismeshError('CONFIG_INVALID', `${file}: ${(cause as Error).message}`, { cause });
  }
}

async function readBounded(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new GismeshError('CONFIG_INVALID', `${file} cannot be read: ${reason}`, { cause });
  }
}

/** Characters from the start of the file to the key at `keys`, as deep as it exists. */
function offsetOf(node: unknown, keys: readonly string[]): number {
  let offset = 0;
  for (const name of keys) {
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => String(key) === name);
    if (!pair) break;
    offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
