import { readBoolean } from '../../values.ts';
import { childOf, type ReadElement, textAt } from '../../xml-read.ts';
import type { ExecuteRequest, InputValue, RequestedInput, RequestedOutput } from '../execute-request.ts';
import type { ProcessLimits } from '../limits.ts';
import { ProcessError, quote } from '../problem.ts';
import { unknownOperation } from '../wps-common-operations.ts';
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
import { executeMode } from './execute-mode.ts';

/** Reads Execute of WPS 1.0.0 from posted XML, in whatever namespaces. Throws `ProcessError`. */
export function readWps1Document({ root, payloads }: PayloadDocument, limits: ProcessLimits): WpsOperation {
  if (root.name !== 'Execute') throw unknownOperation(root.name);
  return { kind: 'Execute', request: readExecute(root, payloads, limits) };
}

function readExecute(root: ReadElement, payloads: readonly Payload[], limits: ProcessLimits): ExecuteRequest {
  const form = childOf(root, 'ResponseForm');
  const document = form && childOf(form, 'ResponseDocument');
  const raw = form && childOf(form, 'RawDataOutput');
  const flag = (name: string) => readFlag(document, name);
  const outputs = raw ? [raw] : document ? boundedChildren(document, 'Output', limits.maxOutputs) : [];
  return {
    process: identifierOf(root),
    ...executeMode(
      { store: flag('storeExecuteResponse'), status: flag('status'), raw: !!raw },
      outputs.length,
    ),
    lineage: flag('lineage'),
    inputs: readWps1Inputs(childOf(root, 'DataInputs'), payloads, limits),
    outputs: outputs.map(readOutput),
  };
}

function readFlag(element: ReadElement | undefined, name: string): boolean {
  const text = element?.attributes.get(name);
  const flag = text === undefined ? false : readBoolean(text);
  if (flag !== undefined) return flag;
  throw new ProcessError('invalid-parameter', `${name} is true or false, not ${quote(text ?? '')}`, name);
}

/** The inputs of `DataInputs`. Throws `ProcessError`. */
function readWps1Inputs(
  dataInputs: ReadElement | undefined,
  payloads: readonly Payload[],
  limits: ProcessLimits,
): RequestedInput<InputValue>[] {
  if (!dataInputs) return [];
  return boundedChildren(dataInputs, 'Input', limits.maxInputs).map((input) => {
    const id = textAt(input, 'Identifier') ?? '';
    if (id === '') throw new ProcessError('missing-parameter', 'An input has no Identifier', 'DataInputs');
    return { id, value: readInput(input, id, payloads) };
  });
}

function readInput(input: ReadElement, id: string, payloads: readonly Payload[]): InputValue {
  const reference = childOf(input, 'Reference');
  if (reference) return elementReference(reference, id, payloads);
  // OpenLayers 2 puts a bounding box beside Data.
  const data = childOf(input, 'Data') ?? input;
  const literal = childOf(data, 'LiteralData');
  if (literal) {
    const { text, attributes } = literal;
    const [dataType = '', uom = ''] = [attributes.get('dataType'), attributes.get('uom')];
    return { kind: 'literal', value: text, dataType, uom };
  }
  const box = childOf(data, 'BoundingBoxData') ?? childOf(data, 'BoundingBox');
  if (box) return elementBoundingBox(box, id);
  const complex = childOf(data, 'ComplexData');
  if (!complex)
    throw new ProcessError('input-invalid', `Input ${quote(id)} has neither data nor a reference`, id);
  const content = payloadContent(payloadOf(complex, payloads));
  return { kind: 'complex', data: content.text, format: elementFormat(complex, id) };
}

function readOutput(output: ReadElement): RequestedOutput {
  const id = textAt(output, 'Identifier') ?? '';
  const asReference = readFlag(output, 'asReference');
  return {
    id,
    format: elementFormat(output, id),
    uom: output.attributes.get('uom') ?? '',
    transmission: asReference ? 'reference' : 'value',
    title: textAt(output, 'Title') ?? '',
    abstract: textAt(output, 'Abstract') ?? '',
  };
}
