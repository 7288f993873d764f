import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { closest } from 'fastest-levenshtein';
import { UsageError } from './failure.ts';

/** What the command needs of a process's inputs and outputs in OGC API - Processes. */
export interface DescribedInput {
  readonly schema?: InputSchema;
}

export interface InputSchema {
  readonly type?: string;
  readonly format?: string;
  readonly contentMediaType?: string;
  readonly contentEncoding?: string;
  readonly oneOf?: readonly InputSchema[];
}

type Described = Readonly<Record<string, DescribedInput>>;

/** What goes along with a request; the front door takes 32 MB, and bytes grow by a third in base64. */
const MAX_FILE_BYTES = 20_000_000;
const PIECE_BYTES = 1024 * 1024;

/**
 * `key=value` pairs as the JSON that the process wants. `key=@file` is read here; `key=http://...` and
 * `key=job:<id>/<output>` are fetched by who executes the job. Rejects `UsageError` that names the input.
 */
export async function inputsOf(
  pairs: readonly string[],
  described: Described,
): Promise<Record<string, unknown>> {
  const inputs: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`"${pair}" is no input: write key=value`);
    const [key, text] = [pair.slice(0, at), pair.slice(at + 1)];
    const input = Object.hasOwn(described, key) ? described[key] : undefined;
    if (!input) throw new UsageError(unknownInput(key, Object.keys(described)));
    const value = await inputValue(key, text, input.schema ?? {});
    const before = Object.hasOwn(inputs, key) ? inputs[key] : undefined;
    inputs[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return inputs;
}

function unknownInput(key: string, known: readonly string[]): string {
  if (known.length === 0) return `the process has no input "${key}", nor any other`;
  return `the process has no input "${key}": did you mean "${closest(key, known)}"? It has ${known.join(', ')}`;
}

async function inputValue(key: string, text: string, schema: InputSchema): Promise<unknown> {
  const formats = (schema.oneOf ?? [schema]).filter(({ contentMediaType }) => contentMediaType);
  const isComplex = formats.length > 0;
  const address = /^@?((?:https?:\/\/|job:).*)$/s.exec(text)?.[1];
  if (address !== undefined && (isComplex || text.startsWith('@') || text.startsWith('job:')))
    return { href: address };
  if (text.startsWith('@')) return await fileValue(key, text.slice(1), schema, formats);
  if (isComplex) return inlineValue(text, formats);
  if (schema.format === 'ogc-bbox') return boxValue(text);
  if (schema.type === 'number' || schema.type === 'integer') return measure(text);
  return schema.type === 'string' ? text : parsed(text);
}

/** Text that is JSON is taken as such where the input may be JSON. */
function inlineValue(text: string, formats: readonly InputSchema[]): unknown {
  const mayBeJson = formats.some(({ contentMediaType = '' }) => /json/i.test(contentMediaType));
  const value = mayBeJson ? parsed(text) : text;
  if (typeof value !== 'object' || value === null) return text;
  // An object that is meant as data has to be marked as such (OGC 18-062r2 section 7.11.2.2).
  return 'value' in value || 'href' in value ? value : { value };
}

/** `west,south,east,north` and, after them, perhaps the CRS. */
function boxValue(text: string): unknown {
  const parts = text.split(',').map((part) => part.trim());
  const numbers = parts.filter((part) => part !== '' && Number.isFinite(Number(part))).map(Number);
  const [crs] = parts.slice(numbers.length);
  const isBox = numbers.length >= 4 && parts.length <= numbers.length + 1;
  return isBox ? { bbox: numbers, ...(crs && { crs }) } : parsed(text);
}

/** A number, or one with its unit: `30`, `30km`, `30 km`. */
function measure(text: string): unknown {
  const [, number, uom] = /^\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*([a-z°%]\S*)\s*$/i.exec(text) ?? [];
  if (number === undefined || uom === undefined) return parsed(text);
  return { value: Number(number), uom };
}

async function fileValue(
  key: string,
  file: string,
  schema: InputSchema,
  formats: readonly InputSchema[],
): Promise<unknown> {
  const bytes = await readInput(key, file);
  if (formats.length === 0) {
    const text = bytes.toString('utf8').trim();
    return await inputValue(key, text.startsWith('@') ? ` ${text}` : text, schema);
  }
  const format = formatOfFile(file, formats);
  const mediaType = format.contentMediaType as string;
  // Text in other characters than UTF-8 goes as the bytes that it is.
  if (format.contentEncoding === 'base64' || !isUtf8(bytes))
    return { value: bytes.toString('base64'), encoding: 'base64', mediaType };
  const text = bytes.toString('utf8');
  return { value: /json/i.test(mediaType) ? parsed(text) : text, mediaType };
}

async function readInput(key: string, file: string): Promise<Buffer> {
  const bytes = await bytesOf(file).catch((cause) => {
    throw new UsageError(
      `${key}: the file ${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      {
        cause,
      },
    );
  });
  if (bytes.length <= MAX_FILE_BYTES) return bytes;
  throw new UsageError(
    `${key}: the file ${file} is larger than ${MAX_FILE_BYTES} bytes: put it on a web server and give its address`,
  );
}

/** Its beginning, one byte more than may be: pipes and devices do not say how much there is to come. */
async function bytesOf(file: string): Promise<Buffer> {
  await using opened = await open(file);
  const piece = Buffer.alloc(PIECE_BYTES);
  const pieces: Buffer[] = [];
  for (let left = MAX_FILE_BYTES + 1; left > 0; ) {
    const { bytesRead } = await opened.read(piece, 0, Math.min(left, PIECE_BYTES));
    if (bytesRead === 0) break;
    pieces.push(Buffer.from(piece.subarray(0, bytesRead)));
    left -= bytesRead;
  }
  return Buffer.concat(pieces);
}

const MEDIA_TYPES: Readonly<Record<string, RegExp>> = {
  '.geojson': /geo\+json|json/,
  '.json': /json/,
  '.gml': /gml/,
  '.xml': /xml/,
  '.csv': /csv/,
  '.txt': /text\/plain/,
  '.gpkg': /geopackage/,
  '.tif': /tiff/,
  '.tiff': /tiff/,
  '.png': /png/,
  '.zip': /zip/,
};

/** By the ending of its name, else the format that the process likes most. */
function formatOfFile(file: string, formats: readonly InputSchema[]): InputSchema {
  const wanted = MEDIA_TYPES[path.extname(file).toLowerCase()];
  const found = formats.find(({ contentMediaType = '' }) => wanted?.test(contentMediaType));
  return found ?? (formats[0] as InputSchema);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
