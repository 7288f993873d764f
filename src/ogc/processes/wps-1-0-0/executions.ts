import type { WrittenDocument } from '../../service.ts';
import { element, textElement, type XmlElement } from '../../xml.ts';
import { isoTime, type JobState, type JobView, jobMessage, jobPercent } from '../job-view.ts';
import type { ProcessDescription } from '../process-description.ts';
import { wpsDocument } from '../wps-xml.ts';
import { briefProcess, descriptionElements } from './capabilities.ts';

export interface ExecutionsInput {
  /** Those of one page. */
  readonly jobs: readonly JobView[];
  /** Of all pages. */
  readonly total: number;
  readonly process: (id: string) => ProcessDescription | undefined;
  readonly url: string;
  /** Where a job's state is told. */
  readonly statusLocation: (job: string) => string;
}

/** Words of GeoServer, whose operation this is. */
const PHASES: Readonly<Record<JobState, readonly [phase: string, element: string]>> = {
  accepted: ['QUEUED', 'wps:ProcessAccepted'],
  running: ['RUNNING', 'wps:ProcessStarted'],
  paused: ['RUNNING', 'wps:ProcessPaused'],
  successful: ['SUCCEEDED', 'wps:ProcessSucceeded'],
  failed: ['FAILED', 'wps:ProcessFailed'],
  dismissed: ['DISMISSING', 'wps:ProcessFailed'],
};

/** The states that a filter means, in GeoServer's words or in ours; none for a word of neither. */
export function statesOfPhase(text: string): JobState[] {
  const word = text.toUpperCase();
  const states = Object.keys(PHASES) as JobState[];
  return states.filter((state) => PHASES[state][0] === word || state.toUpperCase() === word);
}

/** GetExecutionsResponse, an extension of GeoServer to WPS 1.0.0 without a schema. */
export function writeWps1Executions(input: ExecutionsInput): WrittenDocument {
  const { jobs, total, url } = input;
  const attributes = {
    service: 'WPS',
    version: '1.0.0',
    'xml:lang': 'en',
    serviceInstance: url,
    count: total,
  };
  return wpsDocument(
    '1.0.0',
    'wps:GetExecutionsResponse',
    attributes,
    jobs.map((job) => executionElement(job, input)),
  );
}

function executionElement(job: JobView, { process, statusLocation }: ExecutionsInput): XmlElement {
  const description = process(job.process);
  const unknown = { id: job.process, title: job.process, abstract: '', metadata: [] };
  const [phase, state] = PHASES[job.state];
  const times = {
    creationTime: isoTime(job.created),
    completionTime: job.finished === undefined ? undefined : isoTime(job.finished),
    lastUpdated: isoTime(job.updated),
  };
  return element('wps:ExecuteResponse', {}, [
    description ? briefProcess(description) : element('wps:Process', {}, descriptionElements(unknown)),
    element('wps:Status', times, [
      textElement('wps:JobID', job.id),
      textElement('wps:Identifier', job.process),
      textElement('wps:Owner', job.user),
      textElement('wps:Status', phase),
      timeElement('wps:EstimatedCompletion', job.estimatedCompletion),
      timeElement('wps:ExpirationDate', job.expires),
      timeElement('wps:NextPoll', job.nextPoll),
      textElement('wps:PercentCompleted', jobPercent(job)),
      textElement(state, jobMessage(job)),
      textElement('wps:StatusLocation', statusLocation(job.id)),
    ]),
  ]);
}

function timeElement(name: string, time: number | undefined): XmlElement | undefined {
  return time === undefined ? undefined : textElement(name, isoTime(time));
}
