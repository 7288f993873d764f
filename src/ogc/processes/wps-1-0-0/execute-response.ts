import type { WrittenDocument } from '../../service.ts';
import { element, optionalText, textElement, type XmlElement } from '../../xml.ts';
import type { InputValue, RequestedInput, RequestedOutput, ValidRequest } from '../execute-request.ts';
import {
  isoTime,
  type JobOutput,
  type JobView,
  jobMessage,
  jobPercent,
  jobProblem,
  type OutputReference,
} from '../job-view.ts';
import type { ProcessDescription } from '../process-description.ts';
import {
  boundingBoxElement,
  complexContent,
  formatAttributes,
  problemException,
  wpsDocument,
} from '../wps-xml.ts';
import { briefProcess } from './capabilities.ts';

export interface ExecuteResponseInput {
  readonly job: JobView;
  readonly process: ProcessDescription;
  readonly request: ValidRequest;
  /** Of a job that has succeeded, in the order of the request. */
  readonly outputs: readonly JobOutput[];
  /** The service as this client reaches it, without a query. */
  readonly url: string;
  /** Where the job's state is told: a path with `?executionId=<id>`, which MapStore2 takes the id from. */
  readonly statusLocation: string;
}

/** ExecuteResponse of WPS 1.0.0 (OGC 05-007r7 section 10.3) for a job in any state, with HTTP status 200. */
export function writeWps1ExecuteResponse(input: ExecuteResponseInput): WrittenDocument {
  const { job, process, request, outputs, url, statusLocation } = input;
  return responseDocument(url, statusLocation, [
    briefProcess(process),
    statusElement(job),
    request.lineage && request.inputs.length > 0 && inputsElement(request.inputs, process),
    request.lineage && outputDefinitions(request.outputs),
    job.state === 'successful' && outputs.length > 0 && outputsElement(outputs, request, process),
  ]);
}

/**
 * The answer to a poll for a job that is not known (any more). It says so in the words of a failed job: OWSLib asks
 * again without end on anything else.
 */
export function writeWps1UnknownJob(
  job: string,
  {
    url,
    statusLocation,
    now,
  }: { readonly url: string; readonly statusLocation: string; readonly now: number },
): WrittenDocument {
  const message = `There is no job "${job.slice(0, 100)}": it has expired, was dismissed, or never was`;
  return responseDocument(url, statusLocation, [
    element('wps:Process', { 'wps:processVersion': '1.0.0' }, [
      textElement('ows:Identifier', 'unknown'),
      textElement('ows:Title', 'Unknown process'),
    ]),
    element('wps:Status', { creationTime: isoTime(now) }, [
      failedElement(problemException({ kind: 'job-unknown', message, locator: 'executionId' }, '1.0.0')),
    ]),
  ]);
}

function responseDocument(
  url: string,
  statusLocation: string,
  content: readonly (XmlElement | undefined | false)[],
): WrittenDocument {
  const attributes = {
    service: 'WPS',
    version: '1.0.0',
    'xml:lang': 'en',
    serviceInstance: `${url}?service=WPS&request=GetCapabilities&version=1.0.0`,
    statusLocation: statusLocation || undefined,
  };
  return wpsDocument('1.0.0', 'wps:ExecuteResponse', attributes, content);
}

function statusElement(job: JobView): XmlElement {
  return element('wps:Status', { creationTime: isoTime(job.created) }, [stateElement(job)]);
}

function stateElement(job: JobView): XmlElement {
  switch (job.state) {
    case 'accepted':
      return textElement('wps:ProcessAccepted', jobMessage(job));
    case 'running':
      return element('wps:ProcessStarted', { percentCompleted: jobPercent(job) }, jobMessage(job));
    case 'paused':
      return element('wps:ProcessPaused', { percentCompleted: jobPercent(job) }, jobMessage(job));
    case 'successful':
      return textElement('wps:ProcessSucceeded', jobMessage(job));
    case 'failed':
    case 'dismissed':
      return failedElement(problemException(jobProblem(job), '1.0.0'));
  }
}

function failedElement(exception: XmlElement): XmlElement {
  return element('wps:ProcessFailed', {}, [
    element('ows:ExceptionReport', { version: '1.0.0' }, [exception]),
  ]);
}

function inputsElement(
  inputs: readonly RequestedInput<InputValue>[],
  process: ProcessDescription,
): XmlElement {
  const titles = new Map(process.inputs.map(({ id, title }) => [id, title]));
  return element(
    'wps:DataInputs',
    {},
    inputs.map(({ id, value }) =>
      element('wps:Input', {}, [
        textElement('ows:Identifier', id),
        textElement('ows:Title', titles.get(id) || id),
        inputValue(value),
      ]),
    ),
  );
}

function inputValue(value: InputValue): XmlElement {
  switch (value.kind) {
    case 'reference': {
      const { href, method, headers, body, bodyHref, format } = value;
      return element('wps:Reference', { 'xlink:href': href, method, ...formatAttributes(format) }, [
        ...headers.map(([key, each]) => element('wps:Header', { key, value: each })),
        body !== undefined && textElement('wps:Body', body),
        bodyHref !== undefined && element('wps:BodyReference', { 'xlink:href': bodyHref }),
      ]);
    }
    case 'job':
      return element('wps:Reference', { 'xlink:href': jobHref(value), ...formatAttributes(value.format) });
    default:
      return dataElement(value);
  }
}

function jobHref({ job, output }: Extract<InputValue, { kind: 'job' }>): string {
  return `job:${encodeURIComponent(job.toWellFormed())}/${encodeURIComponent(output.toWellFormed())}`;
}

function dataElement(value: Exclude<InputValue, { kind: 'reference' | 'job' }>): XmlElement {
  switch (value.kind) {
    case 'literal': {
      const attributes = { dataType: value.dataType || undefined, uom: value.uom || undefined };
      return element('wps:Data', {}, [element('wps:LiteralData', attributes, value.value)]);
    }
    case 'bbox':
      return element('wps:Data', {}, [boundingBoxElement('wps:BoundingBoxData', value)]);
    case 'complex':
      return element('wps:Data', {}, [
        element('wps:ComplexData', formatAttributes(value.format), complexContent(value)),
      ]);
  }
}

function outputDefinitions(outputs: readonly RequestedOutput[]): XmlElement {
  return element(
    'wps:OutputDefinitions',
    {},
    outputs.map(({ id, format, uom, transmission, title, abstract }) =>
      element(
        'wps:Output',
        {
          asReference: String(transmission === 'reference'),
          uom: uom || undefined,
          ...formatAttributes(format),
        },
        [
          textElement('ows:Identifier', id),
          optionalText('ows:Title', title),
          optionalText('ows:Abstract', abstract),
        ],
      ),
    ),
  );
}

function outputsElement(
  outputs: readonly JobOutput[],
  request: ValidRequest,
  process: ProcessDescription,
): XmlElement {
  const described = new Map(process.outputs.map((output) => [output.id, output]));
  const asked = new Map(request.outputs.map((output) => [output.id, output]));
  return element(
    'wps:ProcessOutputs',
    {},
    outputs.map(({ id, value }) =>
      element('wps:Output', {}, [
        textElement('ows:Identifier', id),
        textElement('ows:Title', asked.get(id)?.title || described.get(id)?.title || id),
        optionalText('ows:Abstract', asked.get(id)?.abstract || described.get(id)?.abstract),
        value.kind === 'reference' ? referenceElement(value) : dataElement(value),
      ]),
    ),
  );
}

/** Its `href` has no prefix, other than that of an input. */
function referenceElement({ href, format }: OutputReference): XmlElement {
  return element('wps:Reference', { href, ...formatAttributes(format) });
}
