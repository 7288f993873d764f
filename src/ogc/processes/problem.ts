import { type ErrorCode, GismeshError } from '../../core/errors.ts';
import { OgcException } from '../exceptions.ts';

/** What can be wrong with a request or a job, in words of none of the three standards. */
export type ProblemKind =
  | 'missing-parameter'
  | 'invalid-parameter'
  | 'operation-not-supported'
  | 'method-not-allowed'
  | 'origin-refused'
  | 'resource-unknown'
  | 'version-not-supported'
  | 'malformed'
  | 'too-large'
  | 'process-unknown'
  | 'input-missing'
  | 'input-unknown'
  | 'input-repeated'
  | 'input-invalid'
  | 'format-not-supported'
  | 'output-unknown'
  | 'output-repeated'
  | 'mode-not-supported'
  | 'storage-not-supported'
  | 'job-unknown'
  | 'result-not-ready'
  | 'job-failed'
  | 'job-dismissed'
  | 'data-not-accessible'
  | 'storage-full'
  | 'busy'
  | 'deadline-exceeded'
  | 'internal';

/** How one kind of problem is told. */
export interface ProblemWords {
  readonly code: ErrorCode;
  /** exceptionCode of WPS 1.0.0: OWS Common 1.1 table 25, WPS 1.0.0 tables 38 and 62. */
  readonly wps1: string;
  /** exceptionCode of WPS 2.0: tables 37, 47, 50 and 53, OWS Common 2.0 table 27. */
  readonly wps2: string;
  /** HTTP status of both versions of WPS, as their tables have it. */
  readonly wpsStatus: number;
  /** HTTP status of OGC API - Processes. */
  readonly apiStatus: number;
  readonly title: string;
  /** The type that OGC API - Processes 1.0 defines for it, `about:blank` (RFC 7807) where it defines none. */
  readonly type: string;
}

const TYPES = 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0';

function words(
  code: ErrorCode,
  [wps1, wps2]: readonly [string, string],
  [wpsStatus, apiStatus]: readonly [number, number],
  title: string,
  type = 'about:blank',
): ProblemWords {
  return { code, wps1, wps2, wpsStatus, apiStatus, title, type };
}

const INVALID = 'InvalidParameterValue';
const BAD_REQUEST = [400, 400] as const;

export const problemWords: Readonly<Record<ProblemKind, ProblemWords>> = {
  'missing-parameter': words(
    'REQUEST_INVALID',
    ['MissingParameterValue', 'MissingParameterValue'],
    BAD_REQUEST,
    'A parameter is missing',
  ),
  'invalid-parameter': words('REQUEST_INVALID', [INVALID, INVALID], BAD_REQUEST, 'A parameter is invalid'),
  'operation-not-supported': words(
    'REQUEST_INVALID',
    ['OperationNotSupported', 'OperationNotSupported'],
    [501, 501],
    'The operation is not supported',
  ),
  'method-not-allowed': words(
    'METHOD_REFUSED',
    ['OperationNotSupported', 'OperationNotSupported'],
    [405, 405],
    'The method is not offered',
  ),
  'origin-refused': words(
    'ORIGIN_REFUSED',
    ['NoApplicableCode', 'NoApplicableCode'],
    [403, 403],
    'Pages of that site may not do this',
  ),
  'resource-unknown': words('REQUEST_INVALID', [INVALID, INVALID], [404, 404], 'Nothing is here'),
  'version-not-supported': words(
    'REQUEST_INVALID',
    ['VersionNegotiationFailed', 'VersionNegotiationFailed'],
    BAD_REQUEST,
    'The version is not supported',
  ),
  malformed: words(
    'REQUEST_INVALID',
    ['NoApplicableCode', 'NoApplicableCode'],
    BAD_REQUEST,
    'The request cannot be read',
  ),
  'too-large': words(
    'REQUEST_TOO_LARGE',
    ['FileSizeExceeded', 'SizeExceeded'],
    [413, 413],
    'The request is too large',
  ),
  'process-unknown': words(
    'PROCESS_UNKNOWN',
    [INVALID, 'NoSuchProcess'],
    [400, 404],
    'There is no such process',
    `${TYPES}/no-such-process`,
  ),
  'input-missing': words(
    'INPUT_INVALID',
    ['MissingParameterValue', 'MissingParameterValue'],
    BAD_REQUEST,
    'An input is missing',
  ),
  'input-unknown': words('INPUT_INVALID', [INVALID, 'NoSuchInput'], BAD_REQUEST, 'There is no such input'),
  'input-repeated': words(
    'INPUT_INVALID',
    [INVALID, 'TooManyInputs'],
    BAD_REQUEST,
    'An input has too many values',
  ),
  'input-invalid': words('INPUT_INVALID', [INVALID, 'WrongInputData'], BAD_REQUEST, 'An input is invalid'),
  'format-not-supported': words(
    'INPUT_INVALID',
    [INVALID, 'NoSuchFormat'],
    BAD_REQUEST,
    'The format is not supported',
  ),
  'output-unknown': words(
    'OUTPUT_INVALID',
    [INVALID, 'NoSuchOutput'],
    BAD_REQUEST,
    'There is no such output',
  ),
  'output-repeated': words(
    'OUTPUT_INVALID',
    [INVALID, 'TooManyOutputs'],
    BAD_REQUEST,
    'Too many outputs are asked for',
  ),
  'mode-not-supported': words(
    'REQUEST_INVALID',
    [INVALID, 'NoSuchMode'],
    BAD_REQUEST,
    'The process does not run in this mode',
  ),
  'storage-not-supported': words(
    'REQUEST_INVALID',
    ['StorageNotSupported', 'NoSuchMode'],
    BAD_REQUEST,
    'The process does not store results',
  ),
  'job-unknown': words(
    'JOB_UNKNOWN',
    [INVALID, 'NoSuchJob'],
    [400, 404],
    'There is no such job',
    `${TYPES}/no-such-job`,
  ),
  'result-not-ready': words(
    'JOB_NOT_READY',
    ['NoApplicableCode', 'ResultNotReady'],
    [400, 404],
    'The job has not ended yet',
    `${TYPES}/result-not-ready`,
  ),
  'job-failed': words(
    'JOB_FAILED',
    ['NoApplicableCode', 'NoApplicableCode'],
    [500, 500],
    'The job has failed',
  ),
  'job-dismissed': words('CANCELLED', ['NoApplicableCode', 'NoSuchJob'], [400, 410], 'The job was dismissed'),
  'data-not-accessible': words(
    'INPUT_INVALID',
    [INVALID, 'DataNotAccessible'],
    BAD_REQUEST,
    'Referenced data cannot be fetched',
  ),
  'storage-full': words(
    'BUSY',
    ['NotEnoughStorage', 'NotEnoughStorage'],
    [507, 507],
    'There is no room left',
  ),
  busy: words('BUSY', ['ServerBusy', 'ServerBusy'], [503, 503], 'Every queue is full'),
  'deadline-exceeded': words(
    'DEADLINE_EXCEEDED',
    ['NoApplicableCode', 'NoApplicableCode'],
    [504, 504],
    'It took too long',
  ),
  internal: words(
    'INTERNAL',
    ['NoApplicableCode', 'InternalServerError'],
    [500, 500],
    'A mistake of the server',
  ),
};

/** A problem as data: what a failed job keeps, and what is written into answers. */
export interface Problem {
  readonly kind: ProblemKind;
  /** Never empty. */
  readonly message: string;
  /** The input, output or parameter at fault; '' where none is. */
  readonly locator: string;
}

/** The one error that readers and validation throw. */
export class ProcessError extends GismeshError implements Problem {
  readonly kind: ProblemKind;
  readonly locator: string;

  constructor(kind: ProblemKind, message: string, locator = '', options?: { cause?: unknown }) {
    super(problemWords[kind].code, message, options);
    this.kind = kind;
    this.locator = locator;
  }
}

/** Codes of errors of other rooms that clients can be told of. */
const KIND_OF_CODE: Partial<Record<ErrorCode, ProblemKind>> = {
  PROCESS_UNKNOWN: 'process-unknown',
  JOB_UNKNOWN: 'job-unknown',
  JOB_NOT_READY: 'result-not-ready',
  JOB_FAILED: 'job-failed',
  CANCELLED: 'job-dismissed',
  BUSY: 'busy',
  STORE_FULL: 'busy',
  DEADLINE_EXCEEDED: 'deadline-exceeded',
  REQUEST_TOO_LARGE: 'too-large',
  REQUEST_INVALID: 'malformed',
  METHOD_REFUSED: 'method-not-allowed',
  ORIGIN_REFUSED: 'origin-refused',
};

/** Without the path, which is nobody's business. */
const DISK_REFUSES =
  'The disk of this peer takes nothing more, so that no job can be kept: ask another peer, or later';

/** Whether the owner of the peer has to hear of it: it is no mistake of the client. */
export function isOwnersProblem({ kind }: Problem): boolean {
  return kind === 'internal' || kind === 'storage-full';
}

/**
 * Any thrown value as a problem. Of what is not meant for clients only that it happened is said: messages of
 * unexpected errors can hold paths and data of others.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProcessError) return error;
  // Of the reader of parameters, which all services share.
  if (error instanceof OgcException) {
    return { kind: 'invalid-parameter', message: error.message, locator: error.locator ?? '' };
  }
  if (error instanceof GismeshError && error.code === 'DATA_DIR_UNUSABLE') {
    return { kind: 'storage-full', message: DISK_REFUSES, locator: '' };
  }
  const kind = error instanceof GismeshError ? KIND_OF_CODE[error.code] : undefined;
  if (kind === undefined)
    return { kind: 'internal', message: 'The server failed; its log tells why', locator: '' };
  return { kind, message: (error as GismeshError).message || problemWords[kind].title, locator: '' };
}

/** Text of a stranger, cut to what fits into a message. */
export function quote(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 57)}...` : text}"`;
}
