import { CommanderError } from 'commander';
import { errorCode, GismeshError } from '../core/errors.ts';
import { ExitCode } from './exit-codes.ts';
import { Output } from './output.ts';

/** A command line that cannot be carried out as written. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: string = 'USAGE';
}

/** A file named on the command line that is not what it should be; the error has the code of its cause. */
export class NamedFileError extends UsageError {
  override readonly code: string;

  constructor(cause: unknown) {
    super((cause as Error).message, { cause });
    this.code = errorCode(cause);
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.wrongUsage;
  if (error instanceof UsageError) return ExitCode.wrongUsage;
  if (error instanceof GismeshError && error.code === 'NO_PEER_RUNNING') return ExitCode.noPeerRunning;
  return ExitCode.failed;
}

/** One clear line for people on stderr; with `--json` also the error as the last object on stdout. */
export function reportFailure(error: unknown, argv: readonly string[] = process.argv): void {
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  if (argv.includes('--json') && !isHelp) new Output().json(failureEvent(error));
  // Commander has written its own message.
  if (!(error instanceof CommanderError)) reportToPeople(error);
}

/** One line on stderr. */
export function reportToPeople(error: unknown): void {
  process.stderr.write(`gismesh: ${messageOf(error)}\n`);
}

function failureEvent(error: unknown): { event: 'error'; code: string; message: string } {
  return { event: 'error', code: codeOf(error), message: messageOf(error) };
}

function codeOf(error: unknown): string {
  if (error instanceof UsageError) return error.code;
  return error instanceof CommanderError ? 'USAGE' : errorCode(error);
}

/** The stack only of what nobody foresaw. */
function messageOf(error: unknown): string {
  if (error instanceof GismeshError || error instanceof UsageError || error instanceof CommanderError)
    return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
