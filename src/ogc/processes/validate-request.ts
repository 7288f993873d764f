import { boundingBoxOfText, validBoundingBox } from './bounding-box.ts';
import {
  anyFormat,
  type ComplexValue,
  type ExecuteRequest,
  type InputValue,
  type RequestedInput,
  type RequestedOutput,
  type UntypedText,
  type ValidRequest,
} from './execute-request.ts';
import { chooseFormat } from './format.ts';
import { inputsOfJson } from './json-input.ts';
import type { ProcessLimits } from './limits.ts';
import { validLiteral } from './literal-value.ts';
import { ProcessError, quote } from './problem.ts';
import type {
  ComplexData,
  DataDescription,
  Format,
  InputDescription,
  OutputDescription,
  ProcessDescription,
} from './process-description.ts';
import { checkHref } from './reference.ts';

/**
 * Holds a request against the description of its process: what it may, must and can have. The answer has all
 * defaults filled in and every value of the kind that the process wants. Throws `ProcessError`, which names the input
 * or output at fault.
 */
export function validateRequest(
  request: ExecuteRequest,
  description: ProcessDescription,
  limits: ProcessLimits,
): ValidRequest {
  return {
    ...request,
    process: description.id,
    mode: validMode(request, description),
    inputs: validInputs(request, description, limits),
    outputs: validOutputs(request, description, limits),
  };
}

function validMode(request: ExecuteRequest, { id, jobControl }: ProcessDescription): ExecuteRequest['mode'] {
  const { mode, modeIsPreference } = request;
  const sync = jobControl.includes('sync-execute');
  const async = jobControl.includes('async-execute');
  if (mode === 'auto') return sync === async ? 'auto' : sync ? 'sync' : 'async';
  if (mode === 'sync' ? sync : async) return mode;
  if (modeIsPreference) return mode === 'sync' ? 'async' : 'sync';
  const words = mode === 'sync' ? 'synchronously' : 'asynchronously';
  throw new ProcessError('mode-not-supported', `Process ${quote(id)} does not run ${words}`, 'mode');
}

function validInputs(
  request: ExecuteRequest,
  { inputs }: ProcessDescription,
  limits: ProcessLimits,
): RequestedInput<InputValue>[] {
  const described = new Map(inputs.map((input) => [input.id, input]));
  const given = new Map<string, RequestedInput<InputValue>[]>();
  let count = 0;
  for (const input of request.inputs) {
    const description = described.get(input.id);
    if (!description) throw unknownInput(input.id, inputs);
    count += countOf(input, description);
    if (count > limits.maxInputs) {
      throw new ProcessError(
        'input-repeated',
        `The request has more than ${limits.maxInputs} input values`,
        input.id,
      );
    }
    const typed = typedInputs(input, description);
    // One by one: an input may have more values than a call may have arguments.
    const values = given.get(input.id) ?? [];
    given.set(input.id, values);
    for (const each of typed)
      values.push({ id: input.id, value: validValue(each.value, description, limits) });
  }
  return inputs.flatMap((input) => checkedCount(input, given.get(input.id) ?? []));
}

/** Values that an input may turn out to have: known before any of them is looked at. */
function countOf({ value }: RequestedInput, { maxOccurs }: InputDescription): number {
  const isList = value.kind === 'json' && Array.isArray(value.json) && maxOccurs !== 1;
  return isList ? (value.json as readonly unknown[]).length : 1;
}

function unknownInput(id: string, inputs: readonly InputDescription[]): ProcessError {
  const names = inputs.slice(0, 20).map((input) => input.id);
  const known = names.length > 0 ? `it has ${names.join(', ')}` : 'it has none';
  return new ProcessError('input-unknown', `The process has no input ${quote(id)}; ${known}`, id);
}

function checkedCount(
  input: InputDescription,
  values: readonly RequestedInput<InputValue>[],
): readonly RequestedInput<InputValue>[] {
  const { id, minOccurs, maxOccurs } = input;
  if (values.length === 0) {
    const byDefault = defaultOf(input);
    if (byDefault) return [{ id, value: byDefault }];
  }
  if (values.length < minOccurs) {
    const wanted = values.length === 0 ? 'is missing' : `needs ${minOccurs} values, not ${values.length}`;
    throw new ProcessError('input-missing', `Input ${quote(id)} ${wanted}`, id);
  }
  if (maxOccurs !== 'unbounded' && values.length > maxOccurs) {
    const message = `Input ${quote(id)} takes at most ${maxOccurs} values, not ${values.length}`;
    throw new ProcessError('input-repeated', message, id);
  }
  return values;
}

function defaultOf({ id, data }: InputDescription): InputValue | undefined {
  if (data.kind === 'bbox' || data.defaultValue === undefined) return undefined;
  if (data.kind === 'literal') {
    return validLiteral(id, { kind: 'literal', value: data.defaultValue, dataType: '', uom: '' }, data);
  }
  return { kind: 'complex', data: data.defaultValue, format: data.formats[0] as Format };
}

/** The values that an input of a door stands for, once it is known what they must be. */
function typedInputs({ value, id }: RequestedInput, input: InputDescription): RequestedInput<InputValue>[] {
  if (value.kind === 'json') return inputsOfJson(value.json, input);
  return [{ id, value: value.kind === 'text' ? typedText(value, input) : value }];
}

function typedText(value: UntypedText, { id, data }: InputDescription): InputValue {
  switch (data.kind) {
    case 'literal':
      return { kind: 'literal', value: value.text, dataType: value.dataType, uom: value.uom };
    case 'bbox':
      return boundingBoxOfText(id, value.text);
    case 'complex':
      return { kind: 'complex', data: value.text, format: value.format };
  }
}

function validValue(value: InputValue, input: InputDescription, limits: ProcessLimits): InputValue {
  const { id, data } = input;
  switch (value.kind) {
    case 'reference':
      checkHref(id, value.href, limits.maxUrlLength);
      if (value.bodyHref !== undefined) checkHref(id, value.bodyHref, limits.maxUrlLength);
      return { ...value, format: referencedFormat(value.format, data, id) };
    case 'job':
      return { ...value, format: referencedFormat(value.format, data, id) };
    case 'literal':
      if (data.kind === 'complex') return complexOfLiteral(value.value, data, id);
      if (data.kind !== 'literal') throw wrongKind(input, 'a literal');
      if (value.value.length > limits.maxLiteralLength) {
        const message = `Input ${quote(id)} is longer than ${limits.maxLiteralLength} characters`;
        throw new ProcessError('too-large', message, id);
      }
      return validLiteral(id, value, data);
    case 'bbox':
      if (data.kind !== 'bbox') throw wrongKind(input, 'a bounding box');
      return validBoundingBox(id, value, data);
    case 'complex':
      if (data.kind !== 'complex') throw wrongKind(input, 'complex data');
      return validComplex(id, value, data);
  }
}

/** What is fetched comes as it is, and says itself of which type it is where the client does not. */
function referencedFormat(format: Format, data: DataDescription, id: string): Format {
  if (data.kind !== 'complex' || format.mediaType === '') return format;
  return { ...chooseFormat(format, data, id), encoding: format.encoding };
}

/** Clients that do not read descriptions put short complex data, WKT for one, into LiteralData. */
function complexOfLiteral(text: string, data: ComplexData, id: string): InputValue {
  return validComplex(id, { kind: 'complex', data: text, format: anyFormat }, data);
}

/** Not one pattern for all of it: a long run within one can exhaust the stack of the matcher. */
function isBase64(text: string): boolean {
  const padding = text.indexOf('=');
  const padded = padding === -1 || (padding >= text.length - 2 && text.endsWith('='));
  return padded && !/[^A-Za-z0-9+/_=-]/.test(text);
}

function validComplex(id: string, value: ComplexValue, data: ComplexData): ComplexValue {
  const format = chooseFormat(value.format, data, id);
  const text = format.encoding === 'base64' ? value.data.replace(/\s+/g, '') : value.data;
  if (format.encoding === 'base64' && !isBase64(text)) {
    throw new ProcessError('input-invalid', `Input ${quote(id)} is not base64`, id);
  }
  const bytes = format.encoding === 'base64' ? Math.floor((text.length * 3) / 4) - 2 : text.length;
  if (data.maximumBytes !== undefined && bytes > data.maximumBytes) {
    const message = `Input ${quote(id)} is larger than ${data.maximumBytes} bytes`;
    throw new ProcessError('too-large', message, id);
  }
  return { kind: 'complex', data: text, format };
}

function wrongKind({ id, data }: InputDescription, given: string): ProcessError {
  const wanted = { literal: 'a literal', bbox: 'a bounding box', complex: 'complex data' }[data.kind];
  return new ProcessError('input-invalid', `Input ${quote(id)} takes ${wanted}, not ${given}`, id);
}

function validOutputs(
  request: ExecuteRequest,
  { outputs }: ProcessDescription,
  limits: ProcessLimits,
): RequestedOutput[] {
  const described = new Map(outputs.map((output) => [output.id, output]));
  if (request.outputs.length > limits.maxOutputs) {
    throw new ProcessError('output-repeated', `The request names more than ${limits.maxOutputs} outputs`);
  }
  const wanted = request.outputs.length > 0 ? request.outputs : outputs.map(({ id }) => requestedOutput(id));
  if (request.response === 'raw' && wanted.length > 1 && !request.multipart) {
    throw new ProcessError(
      'output-repeated',
      'A raw answer has one output; ask for a document, or for one output',
    );
  }
  const seen = new Set<string>();
  return wanted.map((output) => {
    const description = described.get(output.id);
    if (!description) throw unknownOutput(output.id, outputs);
    if (seen.has(output.id)) {
      throw new ProcessError('output-repeated', `Output ${quote(output.id)} is asked for twice`, output.id);
    }
    seen.add(output.id);
    return validOutput(output, description);
  });
}

function unknownOutput(id: string, outputs: readonly OutputDescription[]): ProcessError {
  const names = outputs.slice(0, 20).map((output) => output.id);
  return new ProcessError(
    'output-unknown',
    `The process has no output ${quote(id)}; it has ${names.join(', ')}`,
    id,
  );
}

function validOutput(output: RequestedOutput, { id, data }: OutputDescription): RequestedOutput {
  if (data.kind === 'complex') return { ...output, format: chooseFormat(output.format, data, id) };
  if (data.kind === 'bbox' || data.units.length === 0) return output;
  return { ...output, uom: output.uom || (data.units[0] as string) };
}

/** A wish for an output as the process gives it. */
export function requestedOutput(id: string): RequestedOutput {
  return { id, format: anyFormat, uom: '', transmission: 'value', title: '', abstract: '' };
}
