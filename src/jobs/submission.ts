import { GismeshError } from '../core/errors.ts';
import type { ComplexValue, ValidRequest } from '../ogc/processes/execute-request.ts';
import { ProcessError } from '../ogc/processes/problem.ts';
import type { PeerId } from '../platform/network.ts';
import { WIRE_LIMITS } from './wire.ts';

/** What whoever executes a job needs to know of it; kept with its status, as JSON. */
export interface Submission {
  readonly request: ValidRequest;
  /** Version of the process that the request was held against. */
  readonly processVersion: string;
  /** Whether running it twice does no harm. */
  readonly idempotent: boolean;
  /** Inputs whose data are kept apart, as they are too large to stand beside a status. */
  readonly large?: readonly LargeInput[];
}

/** Data of an input as an artifact; the input itself has none. */
export interface LargeInput {
  /** Place among the request's inputs. */
  readonly index: number;
  readonly artifact: string;
  readonly holders: readonly PeerId[];
}

/** Smaller data stay with their request. */
const SMALL_BYTES = 4096;

/**
 * The submission as it is kept, and its bytes: as it is where that fits, else with its large inputs handed to `keep`.
 * Throws `too-large` for one that does not fit even then.
 */
export async function keptSubmission(
  submission: Submission,
  keep: (name: string, mediaType: string, bytes: Uint8Array) => Promise<Omit<LargeInput, 'index'>>,
): Promise<{ readonly kept: Submission; readonly body: Uint8Array }> {
  const whole = encoded(submission);
  if (whole.length <= WIRE_LIMITS.request) return { kept: submission, body: whole };
  const large: LargeInput[] = [...(submission.large ?? [])];
  const inputs: ValidRequest['inputs'][number][] = [];
  for (const [index, input] of submission.request.inputs.entries()) {
    const { id, value } = input;
    if (value.kind !== 'complex' || value.data.length <= SMALL_BYTES) {
      inputs.push(input);
      continue;
    }
    large.push({ index, ...(await keep(id, value.format.mediaType, bytesOfComplex(value))) });
    inputs.push({ id, value: { ...value, data: '' } });
  }
  const kept = { ...submission, request: { ...submission.request, inputs }, large };
  return { kept, body: encodeSubmission(kept) };
}

/** Decoded: base64 where the format says so, else UTF-8. */
export function bytesOfComplex({ data, format }: ComplexValue): Uint8Array {
  return new Uint8Array(Buffer.from(data, format.encoding === 'base64' ? 'base64' : 'utf8'));
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** The format of kept submissions; grows when an older gismesh could not execute them. */
const FORMAT = 1;

/** Throws `too-large` for one that does not fit beside its status. */
function encodeSubmission(submission: Submission): Uint8Array {
  const bytes = encoded(submission);
  if (bytes.length > WIRE_LIMITS.request) {
    throw new ProcessError(
      'too-large',
      `The request has ${bytes.length} bytes of inline data, ${WIRE_LIMITS.request} are taken: give large inputs by reference`,
    );
  }
  return bytes;
}

function encoded(submission: Submission): Uint8Array {
  return utf8.encode(JSON.stringify({ format: FORMAT, ...submission }));
}

export function decodeSubmission(bytes: Uint8Array): Submission {
  const { format, ...submission } = JSON.parse(fromUtf8.decode(bytes)) as Submission & {
    format: number;
  };
  if (format === FORMAT) return submission;
  throw new GismeshError('PROCESS_UNAVAILABLE', 'a newer gismesh accepted this job: update this peer');
}
