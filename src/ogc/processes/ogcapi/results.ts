import { crsUri } from '../crs-name.ts';
import type { JsonValue } from '../execute-request.ts';
import { type JobOutput, type JobView, jobMessage, jobProblem, type OutputValue } from '../job-view.ts';
import { jsonDepth } from '../json-text.ts';
import type { ProcessLimits } from '../limits.ts';
import { literalJson } from '../literal-value.ts';
import { ProcessError, quote } from '../problem.ts';
import { isJsonType } from '../process-description.ts';
import { type ApiDocument, type JsonObject, jsonDocument } from './document.ts';

/** The results of a job as one document (section 7.13). */
export function writeResults(outputs: readonly JobOutput[], limits: ProcessLimits): ApiDocument {
  return jsonDocument(
    Object.fromEntries(outputs.map(({ id, value }) => [id, outputJson(value, limits)] as const)),
  );
}

/** Throws what a client is to be told that asks for the results of a job which has none (yet). */
export function assertHasResults(job: JobView): void {
  switch (job.state) {
    case 'successful':
      return;
    case 'failed':
    case 'dismissed': {
      const { kind, message, locator } = jobProblem(job);
      throw new ProcessError(kind, message, locator);
    }
    default:
      throw new ProcessError(
        'result-not-ready',
        `Job ${quote(job.id)} has no results yet: ${jobMessage(job)}`,
      );
  }
}

function outputJson(value: OutputValue, limits: ProcessLimits): JsonValue {
  switch (value.kind) {
    case 'literal':
      return value.uom === '' ? literalJson(value) : { value: literalJson(value), uom: value.uom };
    case 'bbox':
      return {
        bbox: [...value.lower, ...value.upper],
        ...(value.crs === '' ? {} : { crs: crsUri(value.crs) }),
      };
    case 'reference':
      return { href: value.href, ...(value.format.mediaType === '' ? {} : { type: value.format.mediaType }) };
    case 'complex': {
      const { mediaType, encoding, schema } = value.format;
      const isJson = encoding === '' && isJsonType(mediaType);
      const about: JsonObject = {
        ...(mediaType === '' ? {} : { mediaType }),
        ...(encoding === '' ? {} : { encoding }),
        ...(schema === '' ? {} : { schema }),
      };
      return { value: isJson ? parsed(value.data, limits) : value.data, ...about };
    }
  }
}

/** JSON as such; as text where it is none, or too deep to be written again. */
function parsed(text: string, limits: ProcessLimits): JsonValue {
  if (jsonDepth(text) > limits.maxPayloadDepth) return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
