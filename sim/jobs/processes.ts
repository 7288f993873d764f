import {
  formatOf,
  type InputDescription,
  type LiteralData,
  type LiteralType,
  type ProcessDescription,
} from '../../src/ogc/processes/process-description.ts';

export const RESULT = 'result';
export const MADE_BY = 'made-by';

const about = { abstract: '', keywords: [], metadata: [] };
const binary = formatOf('application/octet-stream', 'base64');

/** Takes `work` ms on a machine of speed 1 and gives `bytes` bytes that follow from `word`. */
const compute: ProcessDescription = {
  ...about,
  id: 'compute',
  title: 'Computes',
  version: '1.0.0',
  jobControl: ['sync-execute', 'async-execute', 'dismiss'],
  idempotent: true,
  storeSupported: true,
  statusSupported: true,
  inputs: [
    input('work', literal('double', '1000')),
    input('bytes', literal('integer', '1000')),
    input('word', literal('string', '')),
    input('fails', literal('boolean', 'false')),
    input('quiet', literal('boolean', 'false')),
    input('data', { kind: 'complex', formats: [binary] }),
  ],
  outputs: [
    {
      ...about,
      id: RESULT,
      title: 'The same whoever makes it',
      data: { kind: 'complex', formats: [binary] },
    },
    { ...about, id: MADE_BY, title: 'Who made it, and in which attempt', data: literal('string') },
  ],
};

/** The same, but it does harm to run it twice. */
const once: ProcessDescription = { ...compute, id: 'compute-once', idempotent: false };

/** What every machine that computes offers. */
export const SIMULATED_PROCESSES: readonly ProcessDescription[] = [compute, once];

/** What a job is to do. */
export interface Assignment {
  readonly workMs: number;
  readonly bytes: number;
  /** What its result follows from. */
  readonly word: string;
  readonly fails: boolean;
  readonly isOnce: boolean;
  /** Nobody is told how far it is. */
  readonly isQuiet: boolean;
}

/** The bytes that a job gives back, whoever executes it. */
export function resultOf({ word, bytes }: Pick<Assignment, 'word' | 'bytes'>): Uint8Array {
  const pattern = new TextEncoder().encode(`${word} `);
  const result = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += pattern.length) result.set(pattern.subarray(0, bytes - at), at);
  return result;
}

function literal(dataType: LiteralType, defaultValue?: string): LiteralData {
  const none = { allowedValues: [], allowedRanges: [], units: [] };
  return { kind: 'literal', dataType, ...none, ...(defaultValue !== undefined && { defaultValue }) };
}

function input(id: string, data: InputDescription['data']): InputDescription {
  return { ...about, id, title: id, data, minOccurs: 0, maxOccurs: 1 };
}
