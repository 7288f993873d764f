import { type ErrorCode, GismeshError } from '../../core/errors.ts';

/** The error for what a caller's own signal ended. */
export function cancelled(what: string, signal: AbortSignal): GismeshError {
  return new GismeshError('CANCELLED', `${what} was cancelled.`, { cause: signal.reason });
}

export function timedOut(what: string, timeoutMs: number): GismeshError {
  return new GismeshError('NETWORK_TIMEOUT', `${what} took longer than ${timeoutMs} ms.`);
}

export function closed(what: string, cause?: unknown): GismeshError {
  return new GismeshError('NETWORK_CLOSED', what, { cause });
}

export function malformed(what: string): GismeshError {
  return new GismeshError('MESSAGE_MALFORMED', `The peer does not keep to the protocol: ${what}.`);
}

/**
 * What libp2p's reasons mean. Its handshake errors have one class for everything, so that only their text tells
 * a peer of another mesh from a connection that broke.
 */
const REFUSALS: ReadonlyArray<[RegExp, string]> = [
  [/chacha20poly1305 decryption/, 'a peer of another mesh (with another mesh key) answers there'],
  [/does not match expected remote identity/, 'another peer answers there'],
  [/dial self/, 'that is this peer itself'],
];

const HANDSHAKE_FAILURES = new Set(['EncryptionFailedError', 'MuxerUnavailableError']);

/** A failed dial as an error of ours: refused by whoever answers, or unreachable. */
export function dialFailure(target: string, error: unknown): GismeshError {
  const reasons: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const refused = reasons.map(refusal).find((reason) => reason !== undefined);
  const own = reasons.find((reason) => reason instanceof GismeshError);
  if (own !== undefined && refused === undefined) return own;
  const code: ErrorCode = refused === undefined ? 'NETWORK_UNREACHABLE' : 'NETWORK_REFUSED';
  const explanation = refused ?? [...new Set(reasons.map(failure))].join('; ');
  return new GismeshError(code, `Cannot connect to ${target}: ${explanation}.`, { cause: error });
}

function refusal(reason: unknown): string | undefined {
  return REFUSALS.find(([pattern]) => pattern.test(describe(reason)))?.[1];
}

function failure(reason: unknown): string {
  const inHandshake = reason instanceof Error && HANDSHAKE_FAILURES.has(reason.name);
  return inHandshake ? 'what answers there does not finish the handshake of a peer' : describe(reason);
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
