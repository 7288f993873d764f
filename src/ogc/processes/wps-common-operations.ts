import type { Parameters } from '../parameters.ts';
import type { ReadElement } from '../xml-read.ts';
import type { ProcessLimits } from './limits.ts';
import { ProcessError, quote } from './problem.ts';
import type { WpsOperation } from './wps-request.ts';
import { textsOf } from './wps-xml-input.ts';

/** An operation that both versions write alike in KVP; undefined for any other one. Throws `ProcessError`. */
export function readCommonParameters(
  request: string,
  parameters: Parameters,
  limits: ProcessLimits,
): WpsOperation | undefined {
  switch (request.toLowerCase()) {
    case 'getcapabilities':
      return { kind: 'GetCapabilities' };
    case 'describeprocess':
      return describeProcess(required(parameters, 'IDENTIFIER').split(','), limits);
    default:
      return undefined;
  }
}

/** The same in posted XML. */
export function readCommonDocument(root: ReadElement, limits: ProcessLimits): WpsOperation | undefined {
  switch (root.name) {
    case 'GetCapabilities':
      return { kind: 'GetCapabilities' };
    case 'DescribeProcess':
      return describeProcess(textsOf(root, 'Identifier'), limits);
    default:
      return undefined;
  }
}

/** For an operation that the version of the request has not. */
export function unknownOperation(request: string): ProcessError {
  return new ProcessError('operation-not-supported', `Request ${quote(request)} is not supported`, 'request');
}

/** The value of a parameter; throws missing-parameter. */
export function required(parameters: Parameters, name: string, ...others: string[]): string {
  const value = parameters.get(name, ...others);
  if (value !== undefined) return value;
  throw new ProcessError('missing-parameter', `Parameter ${name} is missing or empty`, name.toLowerCase());
}

/** No identifiers for the word that means all of them. */
function describeProcess(texts: readonly string[], limits: ProcessLimits): WpsOperation {
  const identifiers = texts.map((text) => text.trim()).filter((text) => text !== '');
  if (identifiers.length === 0) {
    throw new ProcessError('missing-parameter', 'Identifier is missing or empty', 'identifier');
  }
  if (identifiers.length > limits.maxPageSize) {
    throw new ProcessError('too-large', `More than ${limits.maxPageSize} processes are named`, 'identifier');
  }
  const isAll = identifiers.some((identifier) => identifier.toLowerCase() === 'all');
  return { kind: 'DescribeProcess', identifiers: isAll ? [] : identifiers };
}
