import type { Parameters } from '../../parameters.ts';
import { childOf, type ReadElement, readXml, textAt } from '../../xml-read.ts';
import type {
  ExecuteRequest,
  InputValue,
  RequestedInput,
  RequestedOutput,
  UntypedText,
} from '../execute-request.ts';
import type { ProcessLimits } from '../limits.ts';
import { ProcessError, quote } from '../problem.ts';
import { required, unknownOperation } from '../wps-common-operations.ts';
import type { WpsOperation } from '../wps-request.ts';
import {
  boundedChildren,
  elementBoundingBox,
  elementFormat,
  elementReference,
  identifierOf,
  payloadOf,
} from '../wps-xml-input.ts';
import { type Payload, type PayloadDocument, payloadContent } from '../xml-payload.ts';

/** Reads what WPS 2.0 does with jobs in KVP; Execute has none (OGC 14-065 section 9.8). Throws `ProcessError`. */
export function readWps2Parameters(request: string, parameters: Parameters): WpsOperation {
  switch (request.toLowerCase()) {
    case 'getstatus':
      return { kind: 'GetStatus', job: required(parameters, 'JOBID') };
    case 'getresult':
      return { kind: 'GetResult', job: required(parameters, 'JOBID'), output: '' };
    case 'dismiss':
      return { kind: 'Dismiss', job: required(parameters, 'JOBID') };
    case 'execute':
      throw new ProcessError('operation-not-supported', 'Execute of WPS 2.0 is posted as XML', 'request');
    default:
      throw unknownOperation(request);
  }
}

/** The same and Execute from posted XML. */
export function readWps2Document({ root, payloads }: PayloadDocument, limits: ProcessLimits): WpsOperation {
  switch (root.name) {
    case 'Execute':
      return { kind: 'Execute', request: readExecute(root, payloads, limits) };
    case 'GetStatus':
      return { kind: 'GetStatus', job: readJob(root) };
    case 'GetResult':
      return { kind: 'GetResult', job: readJob(root), output: '' };
    case 'Dismiss':
      return { kind: 'Dismiss', job: readJob(root) };
    default:
      throw unknownOperation(root.name);
  }
}

function readJob(root: ReadElement): string {
  const job = textAt(root, 'JobID');
  if (job) return job;
  throw new ProcessError('missing-parameter', 'JobID is missing or empty', 'JobID');
}

function readExecute(root: ReadElement, payloads: readonly Payload[], limits: ProcessLimits): ExecuteRequest {
  return {
    process: identifierOf(root),
    mode: readChoice(root, 'mode', ['sync', 'async', 'auto'], 'auto'),
    modeIsPreference: false,
    response: readChoice(root, 'response', ['document', 'raw'], 'document'),
    multipart: false,
    lineage: false,
    store: false,
    status: true,
    inputs: boundedChildren(root, 'Input', limits.maxInputs).map((input) =>
      readInput(input, payloads, limits),
    ),
    outputs: boundedChildren(root, 'Output', limits.maxOutputs).map(readOutput),
  };
}

function readChoice<T extends string>(
  { attributes }: ReadElement,
  name: string,
  choices: readonly T[],
  byDefault: T,
): T {
  const text = attributes.get(name);
  const choice = text === undefined ? byDefault : choices.find((each) => each === text.trim());
  if (choice !== undefined) return choice;
  const kind = name === 'mode' ? 'mode-not-supported' : 'invalid-parameter';
  throw new ProcessError(kind, `${name} is one of ${choices.join(', ')}, not ${quote(text ?? '')}`, name);
}

function identified(element: ReadElement): string {
  const id = element.attributes.get('id') ?? '';
  if (id !== '') return id;
  throw new ProcessError('missing-parameter', `${element.name} has no attribute id`, element.name);
}

function readInput(
  input: ReadElement,
  payloads: readonly Payload[],
  limits: ProcessLimits,
): RequestedInput<InputValue | UntypedText> {
  const id = identified(input);
  const reference = childOf(input, 'Reference');
  if (reference) return { id, value: elementReference(reference, id, payloads) };
  const data = childOf(input, 'Data');
  if (data) return { id, value: readData(data, id, payloads, limits) };
  const message = childOf(input, 'Input')
    ? `Input ${quote(id)} has inputs within, which no process here takes`
    : `Input ${quote(id)} has neither data nor a reference`;
  throw new ProcessError('input-invalid', message, id);
}

/** `Data` says of which kind it is by an element of OWS or WPS within; plain text is for the process to know. */
function readData(
  data: ReadElement,
  id: string,
  payloads: readonly Payload[],
  limits: ProcessLimits,
): InputValue | UntypedText {
  const content = payloadContent(payloadOf(data, payloads));
  const format = elementFormat(data, id);
  if (content.kind === 'text') return { kind: 'text', text: content.text, format, dataType: '', uom: '' };
  if (content.name === 'BoundingBox' || content.name === 'BoundingBoxData') {
    return elementBoundingBox(readSmall(content.text, id, limits), id);
  }
  if (content.name !== 'LiteralValue') return { kind: 'complex', data: content.text, format };
  const { text, attributes } = readSmall(content.text, id, limits);
  const [dataType = '', uom = ''] = [attributes.get('dataType'), attributes.get('uom')];
  return { kind: 'literal', value: text, dataType, uom };
}

function readSmall(text: string, id: string, limits: ProcessLimits): ReadElement {
  try {
    return readXml(text, limits);
  } catch (cause) {
    const message = `Input ${quote(id)} cannot be read: ${(cause as Error).message}`;
    throw new ProcessError('input-invalid', message, id, { cause });
  }
}

function readOutput(output: ReadElement): RequestedOutput {
  const id = identified(output);
  if (childOf(output, 'Output')) {
    const message = `Output ${quote(id)} has outputs within, which no process here gives`;
    throw new ProcessError('output-unknown', message, id);
  }
  return {
    id,
    format: elementFormat(output, id),
    uom: '',
    transmission: readChoice(output, 'transmission', ['value', 'reference'], 'value'),
    title: '',
    abstract: '',
  };
}
