import { randomUUID } from 'node:crypto';
import { type ErrorCode, errorCode, GismeshError } from '../core/errors.ts';
import type { Log } from '../platform/log.ts';
import type { FrontDoorOptions } from './options.ts';
import { errorReply, type Reply } from './reply.ts';

/** How an error that is not the client's reading of a standard is told over HTTP. */
export interface Failure {
  readonly status: number;
  readonly code: ErrorCode;
  /** For the client: no stack, nothing of the unexpected but its id in the log. */
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** 502 is for a drawing program that failed behind the front door; 500 is left for what nobody expected. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVITATION_INVALID: 400,
  REQUEST_INVALID: 400,
  ORIGIN_REFUSED: 403,
  PROJECT_UNKNOWN: 404,
  ARTIFACT_UNKNOWN: 404,
  METHOD_REFUSED: 405,
  REQUEST_TOO_LARGE: 413,
  ARTIFACT_DAMAGED: 502,
  REMOTE_FAILED: 502,
  MESSAGE_MALFORMED: 502,
  MESSAGE_TOO_LARGE: 502,
  ENGINE_CRASHED: 502,
  ENGINE_MEMORY_EXCEEDED: 502,
  IMAGE_UNDECODABLE: 502,
  PROJECT_INVALID: 502,
  RENDER_FAILED: 502,
  BUNDLE_NOT_HELD: 503,
  BUSY: 503,
  CANCELLED: 503,
  ENGINE_UNAVAILABLE: 503,
  NETWORK_CLOSED: 503,
  NETWORK_REFUSED: 503,
  NETWORK_UNREACHABLE: 503,
  DEADLINE_EXCEEDED: 504,
  NETWORK_TIMEOUT: 504,
  STORE_FULL: 507,
};

/** These come by the thousand when they come: the metrics count them, the log stays readable. */
const EXPECTED_UNDER_LOAD: ReadonlySet<ErrorCode> = new Set(['BUSY', 'CANCELLED']);

const MAX_MESSAGE_LENGTH = 1000;

export interface FailureTools {
  readonly options: Pick<FrontDoorOptions, 'retryAfterSeconds'>;
  readonly log: Log;
}

/** Reads an error and writes it to the log when it is the node's own. */
export function describeFailure(error: unknown, { options, log }: FailureTools): Failure {
  const code = errorCode(error);
  const status = STATUS[code];
  if (status === undefined || !(error instanceof GismeshError)) {
    const id = randomUUID();
    log.error({ errorId: id, err: error }, 'A request failed unexpectedly');
    const message = `Something unexpected went wrong; the log of this peer tells more under ${id}`;
    return { status: 500, code: 'INTERNAL', message, headers: { 'x-gismesh-error': id } };
  }
  if (EXPECTED_UNDER_LOAD.has(code)) log.debug({ code, err: error }, 'A request was turned away');
  else if (status >= 500) log.warn({ code, err: error }, 'A request could not be served');
  return {
    status,
    code,
    message: error.message.slice(0, MAX_MESSAGE_LENGTH),
    headers: {
      'x-gismesh-error': code,
      ...(status === 503 ? { 'retry-after': String(options.retryAfterSeconds) } : {}),
    },
  };
}

export function failureReply(error: unknown, tools: FailureTools): Reply {
  const { status, code, message, headers } = describeFailure(error, tools);
  return errorReply(status, code, message, { ...headers });
}
