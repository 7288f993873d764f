import { LRUCache } from 'lru-cache';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { ProcessDescription } from '../ogc/processes/process-description.ts';
import type { WrittenDocument } from '../ogc/service.ts';

interface Remembered {
  readonly fingerprint: number;
  readonly process: ProcessDescription | undefined;
  readonly document: WrittenDocument;
}

/** Answers larger than this share of all are rare, and would drive the others out. */
const LARGEST_SHARE = 1 / 16;

/** What clients that poll were told of jobs: the same again until a job changes. */
export class RememberedAnswers {
  readonly #answers: LRUCache<string, Remembered>;

  /** @param maxBytes of all answers together */
  constructor(maxBytes: number) {
    this.#answers = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.ceil(maxBytes * LARGEST_SHARE),
      sizeCalculation: ({ document }, key) => key.length + document.body.length,
    });
  }

  /** Undefined unless it was written of this very status, and of its process as it is described now. */
  get(
    { status, fingerprint }: StatusRecord,
    process: ProcessDescription | undefined,
    baseUrl: string,
  ): WrittenDocument | undefined {
    const found = this.#answers.get(`${status.id} ${baseUrl}`);
    return found?.fingerprint === fingerprint && found.process === process ? found.document : undefined;
  }

  set(
    { status, fingerprint }: StatusRecord,
    process: ProcessDescription,
    baseUrl: string,
    document: WrittenDocument,
  ): void {
    this.#answers.set(`${status.id} ${baseUrl}`, { fingerprint, process, document });
  }
}
