import { childOf, readXml } from '../xml-read.ts';
import { boundingBoxOfJson, boundingBoxOfText, validBoundingBox } from './bounding-box.ts';
import type { BoundingBoxValue, JsonValue, LiteralValue } from './execute-request.ts';
import { validLiteral } from './literal-value.ts';
import { ProcessError, quote } from './problem.ts';
import type { BoundingBoxData, DataDescription, LiteralData } from './process-description.ts';
import { elementBoundingBox } from './wps-xml-input.ts';

/** More text is neither a literal nor a box. */
export const MAX_TEXT_VALUE_BYTES = 64 * 1024;

/** A box is one element with two children. */
const BOX_LIMITS = { maxXmlLength: MAX_TEXT_VALUE_BYTES, maxXmlDepth: 8, maxXmlTags: 100 };

export function isTextValue(data: DataDescription | undefined): data is LiteralData | BoundingBoxData {
  return data?.kind === 'literal' || data?.kind === 'bbox';
}

/**
 * The literal or box that a fetched text stands for, checked as if the client had given it. A box is written in XML
 * (`BoundingBox`), JSON (an array, or `bbox` and `crs`) or with commas. Throws `ProcessError` naming the input.
 */
export function valueOfText(
  id: string,
  text: string,
  data: LiteralData | BoundingBoxData,
): LiteralValue | BoundingBoxValue {
  const value = text.replace(/^\uFEFF/, '').trim();
  if (data.kind === 'literal') {
    return validLiteral(id, { kind: 'literal', value, dataType: '', uom: '' }, data);
  }
  return validBoundingBox(id, boxOfText(id, value, data), data);
}

function boxOfText(id: string, text: string, data: BoundingBoxData): BoundingBoxValue {
  if (text.startsWith('<')) return boxOfXml(id, text);
  if (!/^[[{]/.test(text)) return boundingBoxOfText(id, text);
  return boundingBoxOfJson(
    id,
    readable(id, 'JSON', () => JSON.parse(text) as JsonValue),
    data,
  );
}

function boxOfXml(id: string, text: string): BoundingBoxValue {
  const root = readable(id, 'XML', () => readXml(text, BOX_LIMITS));
  return elementBoundingBox(childOf(root, 'BoundingBoxData') ?? childOf(root, 'BoundingBox') ?? root, id);
}

function readable<T>(id: string, language: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const message = `Input ${quote(id)} is no ${language}: ${(error as Error).message}`;
    throw new ProcessError('input-invalid', message, id, { cause: error });
  }
}
