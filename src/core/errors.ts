/**
 * Every error that leaves a room carries one of these codes. They are part of the public API: in logs, in
 * `--json` output and in HTTP answers. `docs/errors.md` lists each with its remedy.
 */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'INVITATION_INVALID'
  | 'PORT_TAKEN'
  | 'DATA_DIR_UNUSABLE'
  | 'DATA_DIR_LOCKED'
  | 'NO_PEER_RUNNING'
  | 'RUNTIME_TOO_OLD'
  | 'REPORT_UNWRITABLE'
  | 'OUTPUT_UNWRITABLE'
  | 'NETWORK_CLOSED'
  | 'NETWORK_TIMEOUT'
  | 'NETWORK_REFUSED'
  | 'NETWORK_UNREACHABLE'
  | 'MESSAGE_TOO_LARGE'
  | 'MESSAGE_MALFORMED'
  | 'REMOTE_FAILED'
  | 'BUSY'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'
  | 'PROJECT_UNKNOWN'
  | 'PROJECT_INVALID'
  | 'BUNDLE_NOT_HELD'
  | 'ENGINE_UNAVAILABLE'
  | 'ENGINE_CRASHED'
  | 'ENGINE_MEMORY_EXCEEDED'
  | 'RENDER_FAILED'
  | 'IMAGE_UNDECODABLE'
  | 'REQUEST_INVALID'
  | 'REQUEST_TOO_LARGE'
  | 'METHOD_REFUSED'
  | 'ORIGIN_REFUSED'
  | 'PROCESS_UNKNOWN'
  | 'PROCESS_UNAVAILABLE'
  | 'PROCESS_LIMIT_EXCEEDED'
  | 'INPUT_INVALID'
  | 'OUTPUT_INVALID'
  | 'JOB_UNKNOWN'
  | 'JOB_NOT_READY'
  | 'JOB_FAILED'
  | 'ARTIFACT_UNKNOWN'
  | 'ARTIFACT_DAMAGED'
  | 'STORE_FULL'
  | 'INTERNAL';

/** The one error class of the project: a stable code, a message that names the thing and the remedy. */
export class GismeshError extends Error {
  override readonly name = 'GismeshError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The code of any thrown value; `INTERNAL` for what the project did not throw itself. */
export function errorCode(error: unknown): ErrorCode {
  return error instanceof GismeshError ? error.code : 'INTERNAL';
}
