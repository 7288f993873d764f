import { createReadStream } from 'node:fs';
import path from 'node:path';
import { type Document, isCollection, isMap, isSeq, LineCounter, parseDocument, type YAMLError } from 'yaml';
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
  // Warnings would go to stderr past everybody; a key that is a list is then an unknown setting.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const [error] = document.errors;
  if (error) {
    const message = `${at(error.pos[0])}: ${messageOf(error, text)}`;
    throw new GismeshError('CONFIG_INVALID', message, { cause: error });
  }
  const content = contentOf(document, file);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new GismeshError('CONFIG_INVALID', `${file}: must hold "section: settings" lines (a YAML mapping)`);
  }
  const position = (place: string) => at(offsetOf(document.contents, place.split('.')));
  return { path: path.resolve(file), content: content as Record<string, unknown>, position };
}

/** The parser's own words, where they are for those who write a file and not a program. */
function messageOf({ code, message, pos }: YAMLError, text: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return `"${/[^:\s]*/.exec(text.slice(pos[0]))?.[0]}" is given twice`;
    case 'MULTIPLE_DOCS':
      return 'another document begins ("---"): one file holds one';
    case 'RESOURCE_EXHAUSTION':
      return 'nested too deeply';
    default:
      return message;
  }
}

/** Rejects nests of aliases that would expand without bound. */
function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    throw new GismeshError('CONFIG_INVALID', `${file}: ${(cause as Error).message}`, { cause });
  }
}

/** Reads no more than is allowed, also where a size is not known before: a pipe, a device. */
async function readBounded(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(file, { end: MAX_BYTES })) chunks.push(chunk);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw unreadable(file, REASONS[code] ?? message, cause);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length > MAX_BYTES) throw unreadable(file, `larger than ${MAX_BYTES} bytes`);
  return bytes.toString();
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
};

function unreadable(file: string, reason: string, cause?: unknown): GismeshError {
  return new GismeshError('CONFIG_INVALID', `${file} cannot be read: ${reason}`, { cause });
}

/** Characters from the start of the file to the key or the entry of a list at `keys`, as deep as it exists. */
function offsetOf(node: unknown, keys: readonly string[]): number {
  let offset = 0;
  for (const name of keys) {
    const found = childOf(node, name);
    if (!found) break;
    offset = (found.at as { range?: [number, number, number] } | null)?.range?.[0] ?? offset;
    node = found.value;
  }
  return offset;
}

function childOf(node: unknown, name: string): { readonly at: unknown; readonly value: unknown } | undefined {
  if (isSeq(node)) return { at: node.items[Number(name)], value: node.items[Number(name)] };
  const pair = isMap(node) ? node.items.find(({ key }) => isNamed(key, name)) : undefined;
  return pair && { at: pair.key, value: pair.value };
}

/** A key that is a list or a mapping is named as it would be written: the first of them will do. */
function isNamed(key: unknown, name: string): boolean {
  return isCollection(key) ? /^[[{]/.test(name) : String(key) === name;
}
