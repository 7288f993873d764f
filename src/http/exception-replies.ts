import { GismeshError } from '../core/errors.ts';
import {
  defaultReporting,
  type ExceptionDialect,
  type ExceptionReporting,
  OgcException,
  writeException,
} from '../ogc/exceptions.ts';
import { drawErrorImage } from './error-image/error-image.ts';
import { describeFailure, type FailureTools } from './failures.ts';
import { withCharset } from './map-answers.ts';
import type { FrontDoorOptions } from './options.ts';
import type { Reply } from './reply.ts';

export interface ExceptionTools extends FailureTools {
  readonly options: Pick<FrontDoorOptions, 'retryAfterSeconds' | 'maxErrorImagePixels'>;
}

/** An error after the request was understood, together with how its client wants to be told. */
class MapFailure extends Error {
  override readonly name = 'MapFailure';
  readonly reporting: ExceptionReporting;

  constructor(cause: unknown, reporting: ExceptionReporting) {
    super('The map could not be had', { cause });
    this.reporting = reporting;
  }
}

/** Any error of a map route, in the words and the form this client asked for. Never cached. */
export function exceptionReply(error: unknown, dialect: ExceptionDialect, tools: ExceptionTools): Reply {
  const { exception, headers } = asException(error, dialect, tools);
  const told = { ...headers, 'cache-control': 'no-store' };
  const picture = exceptionPicture(exception, tools.options.maxErrorImagePixels);
  if (picture !== undefined) {
    return { status: 200, headers: { ...told, 'content-type': picture.contentType }, body: picture.body };
  }
  const { status, contentType, body } = writeException(exception);
  return { status, headers: { ...told, 'content-type': withCharset(contentType) }, body };
}

function asException(
  error: unknown,
  dialect: ExceptionDialect,
  tools: ExceptionTools,
): { exception: OgcException; headers: Readonly<Record<string, string>> } {
  if (error instanceof OgcException) {
    return { exception: error, headers: { 'x-gismesh-error': error.code } };
  }
  const failure = describeFailure(error instanceof MapFailure ? error.cause : error, tools);
  const reporting = error instanceof MapFailure ? error.reporting : defaultReporting(dialect);
  const exception = new OgcException('NoApplicableCode', failure.message, {
    reporting,
    httpStatus: failure.status,
    cause: error,
  });
  return { exception, headers: failure.headers };
}

function exceptionPicture(
  exception: OgcException,
  maxPixels: number,
): { body: Uint8Array; contentType: string } | undefined {
  const { style, encoding, width, height, transparent, background } = exception.reporting;
  if (style === 'xml' || width * height > maxPixels) return undefined;
  const message = style === 'blank' ? '' : `${exception.code}: ${exception.message}`;
  return drawErrorImage({ message, encoding, width, height, transparent, background });
}

/** Runs a step of the map service; what it throws is told as this client asked for. */
export async function reported<T>(reporting: ExceptionReporting, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw new MapFailure(error, reporting);
  }
}

/** For bodies that are no form and no XML. */
export function unsupportedBody(contentType: string): GismeshError {
  return new GismeshError(
    'REQUEST_INVALID',
    `A body of type ${JSON.stringify(contentType)} is not read here: send a form or XML`,
  );
}
