import type { ExecuteRequest, JsonValue, RequestedOutput, Subscriber } from '../execute-request.ts';
import { readFormat } from '../format.ts';
import { readJson } from '../json-text.ts';
import type { ProcessLimits } from '../limits.ts';
import { ProcessError, quote } from '../problem.ts';
import { requestedOutput } from '../validate-request.ts';
import type { JsonObject } from './document.ts';

/**
 * Reads the body of `POST /processes/<process>/execution` (section 7.11). `prefer` is the header of that name.
 * Throws `ProcessError`.
 */
export function readApiExecute(
  process: string,
  body: string,
  prefer: string | undefined,
  limits: ProcessLimits,
): ExecuteRequest {
  const root = objectAt(readJson(body, limits), 'The request', 'malformed');
  const isRequest = Object.keys(root).length === 0 || MEMBERS.some((name) => Object.hasOwn(root, name));
  if (!isRequest) {
    throw new ProcessError('malformed', `The request has none of the members ${MEMBERS.join(', ')}`);
  }
  const inputs = root.inputs === undefined ? {} : objectAt(root.inputs, 'inputs');
  if (Object.keys(inputs).length > limits.maxInputs) {
    throw new ProcessError(
      'input-repeated',
      `The request has more than ${limits.maxInputs} inputs`,
      'inputs',
    );
  }
  const subscriber = readSubscriber(root.subscriber, limits);
  return {
    process,
    ...readMode(prefer, root.mode),
    response: readChoice(root.response, 'response', ['raw', 'document'], 'raw'),
    multipart: true,
    lineage: false,
    store: false,
    status: true,
    inputs: Object.entries(inputs).map(([id, json]) => ({ id, value: { kind: 'json', json } })),
    outputs: readOutputs(root.outputs),
    ...(subscriber ? { subscriber } : {}),
  };
}

/** Of a request. Others are passed over, but not all: what has none of them is something else. */
const MEMBERS = ['inputs', 'outputs', 'response', 'subscriber', 'mode'];

function objectAt(
  json: JsonValue | undefined,
  name: string,
  kind: 'malformed' | 'invalid-parameter' = 'invalid-parameter',
): JsonObject {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw new ProcessError(kind, `${name} must be a JSON object`, kind === 'malformed' ? '' : name);
}

/** How long a client would rather wait than be told of a job (RFC 7240 section 4.3), in ms; undefined: not said. */
export function preferredWaitMs(prefer: string | undefined): number | undefined {
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:[,;]|$)/i.exec(prefer ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

type Mode = Pick<ExecuteRequest, 'mode' | 'modeIsPreference'>;

/** RFC 7240, and `mode` of drafts of the standard; with neither it is synchronous (requirement 27). */
function readMode(prefer: string | undefined, mode: JsonValue | undefined): Mode {
  const wishes = (prefer ?? '')
    .toLowerCase()
    .split(/[,;]/)
    .map((wish) => wish.trim());
  if (wishes.includes('respond-async')) return { mode: 'async', modeIsPreference: true };
  return { mode: readChoice(mode, 'mode', ['sync', 'async', 'auto'], 'sync'), modeIsPreference: true };
}

function readChoice<T extends string>(
  json: JsonValue | undefined,
  name: string,
  choices: readonly T[],
  byDefault: T,
): T {
  if (json === undefined) return byDefault;
  const choice = choices.find((each) => each === json);
  if (choice !== undefined) return choice;
  throw new ProcessError('invalid-parameter', `${name} is one of ${choices.join(', ')}`, name);
}

function readOutputs(json: JsonValue | undefined): RequestedOutput[] {
  if (json === undefined) return [];
  return Object.entries(objectAt(json, 'outputs')).map(([id, wish]) => readOutput(id, objectAt(wish, id)));
}

function readOutput(id: string, wish: JsonObject): RequestedOutput {
  const format = wish.format === undefined ? {} : objectAt(wish.format, id);
  const [mediaType, encoding, schema] = [format.mediaType, format.encoding, format.schema].map((part) =>
    typeof part === 'string' ? part : undefined,
  );
  return {
    ...requestedOutput(id),
    format: readFormat(mediaType, encoding, schema, id),
    transmission: readChoice(wish.transmissionMode, 'transmissionMode', ['value', 'reference'], 'value'),
  };
}

function readSubscriber(json: JsonValue | undefined, limits: ProcessLimits): Subscriber | undefined {
  if (json === undefined) return undefined;
  const subscriber = objectAt(json, 'subscriber');
  const uri = (name: keyof Subscriber) => readCallback(subscriber[name], name, limits);
  return { successUri: uri('successUri'), inProgressUri: uri('inProgressUri'), failedUri: uri('failedUri') };
}

function readCallback(json: JsonValue | undefined, name: string, limits: ProcessLimits): string {
  if (json === undefined) return '';
  const isAddress =
    typeof json === 'string' &&
    json.length <= limits.maxUrlLength &&
    /^https?:\/\//i.test(json) &&
    URL.canParse(json);
  if (isAddress) return json;
  throw new ProcessError(
    'invalid-parameter',
    `${name} is no http or https address: ${quote(String(json))}`,
    name,
  );
}
