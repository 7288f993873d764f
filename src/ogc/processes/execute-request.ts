import type { Format } from './process-description.ts';

export interface LiteralValue {
  readonly kind: 'literal';
  /** Lexical form of the type, canonical once validated: `true`, not `1`. */
  readonly value: string;
  /** As the client names it; '' where it does not. */
  readonly dataType: string;
  readonly uom: string;
}

export interface BoundingBoxValue {
  readonly kind: 'bbox';
  /** '' until validation puts the default. */
  readonly crs: string;
  /** Two or three coordinates each, in the order of the CRS's axes as the client wrote them. */
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

export interface ComplexValue {
  readonly kind: 'complex';
  /** XML, JSON or other text as it is; base64 where the format says so. */
  readonly data: string;
  readonly format: Format;
}

/** Data that the executing peer fetches. */
export interface ReferenceValue {
  readonly kind: 'reference';
  /** `http:` or `https:` once validated; who may be asked is for the fetcher to decide. */
  readonly href: string;
  readonly method: 'GET' | 'POST';
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of a POST. */
  readonly body?: string;
  /** Where the body of a POST is to be fetched from. */
  readonly bodyHref?: string;
  readonly format: Format;
}

/** An output of another job. Its address in every door: `job:<job id>/<output>`, both percent-encoded. */
interface JobOutputValue {
  readonly kind: 'job';
  readonly job: string;
  readonly output: string;
  readonly format: Format;
}

/** A value whose kind the description of the process decides: from KVP, and from `Data` of WPS 2.0. */
export interface UntypedText {
  readonly kind: 'text';
  readonly text: string;
  readonly format: Format;
  readonly dataType: string;
  readonly uom: string;
}

/** A JSON value of OGC API - Processes; it may turn out to be several values. */
interface UntypedJson {
  readonly kind: 'json';
  readonly json: JsonValue;
}

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What an input is once it is known what it must be. */
export type InputValue = LiteralValue | BoundingBoxValue | ComplexValue | ReferenceValue | JobOutputValue;

export interface RequestedInput<V = InputValue | UntypedText | UntypedJson> {
  readonly id: string;
  readonly value: V;
}

export interface RequestedOutput {
  readonly id: string;
  /** Empty parts until validation puts those of the process. */
  readonly format: Format;
  readonly uom: string;
  readonly transmission: 'value' | 'reference';
  /** What the client calls it, told again in WPS 1.0.0; '': the description's. */
  readonly title: string;
  readonly abstract: string;
}

/** Addresses that want to hear of a job's end (OGC API - Processes); '' for none. */
export interface Subscriber {
  readonly successUri: string;
  readonly inProgressUri: string;
  readonly failedUri: string;
}

interface AnyExecuteRequest {
  readonly process: string;
  /** `auto`: the server decides. */
  readonly mode: 'sync' | 'async' | 'auto';
  /** The client would rather have the mode than insist on it: `Prefer` of OGC API. */
  readonly modeIsPreference: boolean;
  readonly response: 'raw' | 'document';
  /** Whether a raw answer may have several parts, one for each output. */
  readonly multipart: boolean;
  /** WPS 1.0.0: tell the inputs again in the answer. */
  readonly lineage: boolean;
  /** WPS 1.0.0: keep the answer, and keep it up to date. */
  readonly store: boolean;
  readonly status: boolean;
  readonly subscriber?: Subscriber;
}

/** What each door makes of a request to execute a process. */
export interface ExecuteRequest extends AnyExecuteRequest {
  /** In the order of the request; an id stands once for each value. */
  readonly inputs: readonly RequestedInput[];
  /** Empty: all of them. */
  readonly outputs: readonly RequestedOutput[];
}

/** A request that fits its process: defaults filled in, every value of a known kind. Plain data. */
export interface ValidRequest extends AnyExecuteRequest {
  readonly inputs: readonly RequestedInput<InputValue>[];
  /** At least one. */
  readonly outputs: readonly RequestedOutput[];
}

/** A format of which nothing is said. */
export const anyFormat: Format = { mediaType: '', encoding: '', schema: '' };
