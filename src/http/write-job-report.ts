import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { Submission } from '../jobs/submission.ts';
import type { ComplexValue, InputValue } from '../ogc/processes/execute-request.ts';
import type { JobsContext } from './front-door-context.ts';
import { outputUrl } from './job-answers.ts';
import type { InputReport, JobReport, RequestReport } from './job-report.ts';

/** Characters of an input that are shown. */
const SHOWN = 2000;

/** `baseUrl`: '' gives addresses of outputs without a host. */
export function jobReport(
  { status, expiresAt }: StatusRecord,
  jobs: Pick<JobsContext, 'peerName'>,
  baseUrl: string,
): JobReport {
  const { owner, outputs, attempts, request: _request, seq: _seq, updated, ...rest } = status;
  return {
    ...rest,
    node: owner,
    nodeName: owner === '' ? '' : jobs.peerName(owner),
    submitterName: jobs.peerName(status.submitter),
    replicaNames: status.replicas.map((peer) => jobs.peerName(peer)),
    updatedAt: updated.wallMs,
    expiresAt,
    attempts: attempts.map((attempt) => ({ ...attempt, ownerName: jobs.peerName(attempt.owner) })),
    outputs: outputs.map((output) => ({ ...output, href: outputUrl(status.id, output, baseUrl) })),
  };
}

export function requestReport(submission: Submission | undefined): RequestReport {
  if (!submission) return { known: false, inputs: [], outputs: [] };
  const { request, large = [] } = submission;
  return {
    known: true,
    inputs: request.inputs.map(({ id, value }, index) => {
      const isApart = large.some((each) => each.index === index);
      return inputReport(id, value, isApart);
    }),
    outputs: request.outputs.map(({ id }) => id),
  };
}

/** Headers of references are left out: they may hold passwords. */
function inputReport(id: string, value: InputValue, isApart: boolean): InputReport {
  const { kind } = value;
  const shown = (text: string, of: string) => ({
    id,
    kind,
    text: text.slice(0, SHOWN),
    isCut: isApart || text.length > SHOWN,
    of,
  });
  switch (value.kind) {
    case 'literal':
      return shown(value.value, value.uom);
    case 'bbox':
      return shown([...value.lower, ...value.upper].join(', '), value.crs);
    case 'complex':
      return shown(dataShown(value), value.format.mediaType);
    case 'reference':
      return shown(value.href, value.format.mediaType);
    case 'job':
      return shown(`${value.job}/${value.output}`, value.format.mediaType);
  }
}

/** Nobody reads bytes: of those only how many there are is told. */
function dataShown({ data, format }: ComplexValue): string {
  if (format.encoding !== 'base64' || data === '') return data;
  return `${Buffer.byteLength(data, 'base64')} bytes`;
}
