import type { Parameters } from '../parameters.ts';
import type { ReadElement } from '../xml-read.ts';
import type { ExecuteRequest } from './execute-request.ts';
import type { ProcessLimits } from './limits.ts';
import { ProcessError, quote } from './problem.ts';
import { readWps1Document } from './wps-1-0-0/read-document.ts';
import { readWps1Parameters } from './wps-1-0-0/read-parameters.ts';
import { readWps2Document, readWps2Parameters } from './wps-2-0/read-request.ts';
import { readCommonDocument, readCommonParameters } from './wps-common-operations.ts';
import { type IsPayload, readWithPayloads } from './xml-payload.ts';

export type WpsVersion = '1.0.0' | '2.0.0';

/** Which jobs GetExecutions lists: an operation of GeoServer that MapStore2 uses. */
export interface ExecutionsFilter {
  /** '': of any process, user, state. */
  readonly process: string;
  readonly user: string;
  readonly state: string;
  readonly offset: number;
  readonly limit: number;
}

export type WpsOperation =
  | { readonly kind: 'GetCapabilities' }
  /** No identifiers: all processes. */
  | { readonly kind: 'DescribeProcess'; readonly identifiers: readonly string[] }
  | { readonly kind: 'Execute'; readonly request: ExecuteRequest }
  /** GetExecutionStatus of 1.0.0, GetStatus of 2.0. */
  | { readonly kind: 'GetStatus'; readonly job: string }
  /** GetResult of 2.0 (`output` is ''); GetExecutionResult of 1.0.0, one output raw. */
  | { readonly kind: 'GetResult'; readonly job: string; readonly output: string }
  | { readonly kind: 'Dismiss'; readonly job: string }
  | { readonly kind: 'GetExecutions'; readonly filter: ExecutionsFilter };

export type WpsRequest = WpsOperation & { readonly version: WpsVersion };

/** Reads a WPS request of either version from its parameters. Throws `ProcessError`. */
export function readWpsParameters(parameters: Parameters, limits: ProcessLimits): WpsRequest {
  checkService(parameters.get('SERVICE'));
  const request = parameters.get('REQUEST');
  if (request === undefined) {
    throw new ProcessError('missing-parameter', 'Parameter REQUEST is missing or empty', 'request');
  }
  const version = versionOfParameters(parameters, request);
  const read = version === '1.0.0' ? readWps1Parameters : readWps2Parameters;
  const operation = readCommonParameters(request, parameters, limits) ?? read(request, parameters, limits);
  return { version, ...operation };
}

/** The version that a request is made in, also where the rest of it is not understood: exceptions need it. */
export function wpsVersionOf(parameters: Parameters): WpsVersion {
  const version = parameters.get('VERSION', 'ACCEPTVERSIONS');
  if (version !== undefined) return version.startsWith('2') ? '2.0.0' : '1.0.0';
  return impliedVersion(parameters, parameters.get('REQUEST') ?? '') ?? '1.0.0';
}

/** The version of a posted document, as {@link wpsVersionOf}. */
export function wpsVersionOfDocument(body: string): WpsVersion {
  const head = body.slice(0, 4096);
  return /opengis\.net\/wps\/2|\bversion\s*=\s*["']2/.test(head) ? '2.0.0' : '1.0.0';
}

const PAYLOADS: IsPayload = (path, namespace) => {
  const parent = path.at(-2);
  switch (path.at(-1)) {
    case 'ComplexData':
      return true;
    case 'Body':
      return parent === 'Reference';
    case 'Data':
      return parent === 'Input' && namespace.includes('/wps/2');
    default:
      return false;
  }
};

/** Reads a WPS request of either version from posted XML. Throws `ProcessError`. */
export function readWpsDocument(body: string, limits: ProcessLimits): WpsRequest {
  const document = readWithPayloads(body, PAYLOADS, limits);
  const { root, namespace } = document;
  if (root.name === 'Envelope') {
    const message = 'SOAP is not supported; post the request without its envelope';
    throw new ProcessError('operation-not-supported', message, 'Envelope');
  }
  checkService(root.attributes.get('service'));
  const version = versionOfDocument(root, namespace);
  const read = version === '1.0.0' ? readWps1Document : readWps2Document;
  return { version, ...(readCommonDocument(root, limits) ?? read(document, limits)) };
}

function checkService(service: string | undefined): void {
  if (service === undefined)
    throw new ProcessError('missing-parameter', 'Parameter SERVICE is missing', 'service');
  if (service.toUpperCase() === 'WPS') return;
  throw new ProcessError('invalid-parameter', `This is a WPS, not a ${quote(service)}`, 'service');
}

/** Where a client names none, what the operation implies. */
function versionOfParameters(parameters: Parameters, request: string): WpsVersion {
  const isCapabilities = request.toLowerCase() === 'getcapabilities';
  const accepted = isCapabilities ? parameters.get('ACCEPTVERSIONS') : undefined;
  if (accepted !== undefined) return negotiate(accepted.split(','));
  const version = parameters.get('VERSION');
  if (version === undefined) {
    const implied = impliedVersion(parameters, request);
    if (implied) return implied;
    throw new ProcessError(
      'missing-parameter',
      'Parameter VERSION is missing; use 1.0.0 or 2.0.0',
      'version',
    );
  }
  return isCapabilities ? negotiate([version]) : exactVersion(version);
}

/**
 * The version of an operation that only one version has, so that its clients leave it out. Dismiss of GeoServer and of
 * 2.0 differ in the name of the job. Capabilities are of 1.0.0: clients of 2.0 say so, most of 1.0.0 know no other.
 */
function impliedVersion(parameters: Parameters, request: string): WpsVersion | undefined {
  switch (request.toLowerCase()) {
    case 'getcapabilities':
    case 'getexecutionstatus':
    case 'getexecutionresult':
    case 'getexecutions':
      return '1.0.0';
    case 'getstatus':
    case 'getresult':
      return '2.0.0';
    case 'dismiss':
      return parameters.has('JOBID') && !parameters.has('EXECUTIONID') ? '2.0.0' : '1.0.0';
    default:
      return undefined;
  }
}

function versionOfDocument(root: ReadElement, namespace: string): WpsVersion {
  if (root.name === 'GetCapabilities') {
    const accepted = root.children
      .filter(({ name }) => name === 'AcceptVersions')
      .flatMap(({ children }) => children.map(({ text }) => text));
    if (accepted.length > 0) return negotiate(accepted);
    return namespace.includes('/wps/2') ? '2.0.0' : '1.0.0';
  }
  const version = root.attributes.get('version');
  if (version === undefined) {
    throw new ProcessError(
      'missing-parameter',
      'Attribute version is missing; use 1.0.0 or 2.0.0',
      'version',
    );
  }
  return exactVersion(version);
}

/** The first of the client's wishes that is spoken here (OWS Common 1.1 section 7.3.2). */
function negotiate(wishes: readonly string[]): WpsVersion {
  for (const wish of wishes) {
    const version = knownVersion(wish);
    if (version) return version;
  }
  const message = `This service speaks WPS 1.0.0 and 2.0.0, not ${quote(wishes.join(', '))}`;
  throw new ProcessError('version-not-supported', message, 'AcceptVersions');
}

function exactVersion(text: string): WpsVersion {
  const version = knownVersion(text);
  if (version) return version;
  const message = `This service speaks WPS 1.0.0 and 2.0.0, not ${quote(text)}`;
  throw new ProcessError('invalid-parameter', message, 'version');
}

function knownVersion(text: string): WpsVersion | undefined {
  const trimmed = text.trim();
  if (trimmed === '1.0.0' || trimmed === '1.0') return '1.0.0';
  return /^2\.0(?:\.[0-9])?$/.test(trimmed) ? '2.0.0' : undefined;
}
