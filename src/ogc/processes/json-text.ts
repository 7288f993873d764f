import type { JsonValue } from './execute-request.ts';
import type { ProcessLimits } from './limits.ts';
import { ProcessError } from './problem.ts';

type JsonLimits = Pick<
  ProcessLimits,
  'maxDocumentLength' | 'maxPayloadDepth' | 'maxJsonParts' | 'maxJsonKeys'
>;

/**
 * Reads JSON of a stranger: bounded in size, since it is held in memory; in depth, since whoever writes it again walks
 * it by recursion; in parts and keys, which cost the reader time. Throws `ProcessError`.
 */
export function readJson(text: string, limits: JsonLimits): JsonValue {
  if (text.length > limits.maxDocumentLength) {
    throw new ProcessError('too-large', `The document is longer than ${limits.maxDocumentLength} characters`);
  }
  if (jsonDepth(text, limits) > limits.maxPayloadDepth) {
    throw new ProcessError('malformed', `The JSON is nested deeper than ${limits.maxPayloadDepth}`);
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new ProcessError('malformed', 'The request is not JSON', '', { cause });
  }
}

/**
 * How deep arrays and objects nest, in one pass; of text that is no JSON, a number nobody needs. Throws `too-large` as
 * soon as there are more parts or keys than the limits allow.
 */
export function jsonDepth(text: string, { maxJsonParts, maxJsonKeys }: Partial<JsonLimits> = {}): number {
  const mark = /["[\]{}]/g;
  let [depth, deepest, parts, keys] = [0, 0, 0, 0];
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    parts += 1;
    if (found[0] === '"') {
      mark.lastIndex = endOfString(text, mark.lastIndex);
      if (isColonNext(text, mark.lastIndex)) keys += 1;
    } else if (found[0] === '[' || found[0] === '{') depth += 1;
    else depth -= 1;
    if (depth > deepest) deepest = depth;
    if (
      parts > (maxJsonParts ?? Number.POSITIVE_INFINITY) ||
      keys > (maxJsonKeys ?? Number.POSITIVE_INFINITY)
    ) {
      const message = `The JSON has more than ${maxJsonParts} parts or ${maxJsonKeys} keys: give large data by reference`;
      throw new ProcessError('too-large', message);
    }
  }
  return deepest;
}

function isColonNext(text: string, from: number): boolean {
  let at = from;
  while (/\s/.test(text[at] ?? '')) at += 1;
  return text[at] === ':';
}

function endOfString(text: string, from: number): number {
  const mark = /[\\"]/g;
  mark.lastIndex = from;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (found[0] === '"') return mark.lastIndex;
    mark.lastIndex += 1;
  }
  return text.length;
}
