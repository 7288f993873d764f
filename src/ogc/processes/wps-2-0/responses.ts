import type { WrittenDocument } from '../../service.ts';
import { element, textElement, type XmlElement } from '../../xml.ts';
import {
  isoTime,
  type JobOutput,
  type JobState,
  type JobView,
  jobPercent,
  type OutputValue,
} from '../job-view.ts';
import {
  boundingBoxElement,
  complexContent,
  formatAttributes,
  literalElement,
  wpsDocument,
} from '../wps-xml.ts';

/** The states of table 3 of OGC 14-065, and `Dismissed` of its section 11. */
const STATES: Readonly<Record<JobState, string>> = {
  accepted: 'Accepted',
  running: 'Running',
  paused: 'Running',
  successful: 'Succeeded',
  failed: 'Failed',
  dismissed: 'Dismissed',
};

/** StatusInfo of WPS 2.0: the answer to GetStatus, Dismiss and an asynchronous Execute. */
export function writeWps2StatusInfo(job: JobView): WrittenDocument {
  const ends = job.state === 'accepted' || job.state === 'running' || job.state === 'paused';
  return wpsDocument('2.0.0', 'wps:StatusInfo', {}, [
    textElement('wps:JobID', job.id),
    textElement('wps:Status', STATES[job.state]),
    timeElement('wps:ExpirationDate', job.expires),
    ends && timeElement('wps:EstimatedCompletion', job.estimatedCompletion),
    ends && timeElement('wps:NextPoll', job.nextPoll),
    textElement('wps:PercentCompleted', jobPercent(job)),
  ]);
}

/** Result of WPS 2.0: the answer to GetResult and a synchronous Execute. `outputs` is not empty. */
export function writeWps2Result(job: JobView, outputs: readonly JobOutput[]): WrittenDocument {
  return wpsDocument('2.0.0', 'wps:Result', {}, [
    textElement('wps:JobID', job.id),
    timeElement('wps:ExpirationDate', job.expires),
    ...outputs.map(({ id, value }) => element('wps:Output', { id }, [valueElement(value)])),
  ]);
}

function timeElement(name: string, time: number | undefined): XmlElement | undefined {
  return time === undefined ? undefined : textElement(name, isoTime(time));
}

function valueElement(value: OutputValue): XmlElement {
  switch (value.kind) {
    case 'reference':
      return element('wps:Reference', { 'xlink:href': value.href, ...formatAttributes(value.format) });
    case 'literal':
      return element('wps:Data', { mimeType: 'text/xml' }, [literalElement(value)]);
    case 'bbox':
      return element('wps:Data', { mimeType: 'text/xml' }, [boundingBoxElement('ows:BoundingBox', value)]);
    case 'complex':
      return element('wps:Data', formatAttributes(value.format), complexContent(value));
  }
}
