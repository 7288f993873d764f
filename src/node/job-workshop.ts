import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Bench, Workshop } from '../jobs/bench.ts';
import { fetchReference, fetchReferencedText, type ReferenceOptions } from './reference-fetch.ts';

const REMOVAL = { recursive: true, force: true };

/** Scratch folders of jobs under one folder, which is emptied when the peer starts. */
export class JobWorkshop implements Workshop {
  readonly #folder: string;
  readonly #options: ReferenceOptions;

  private constructor(folder: string, options: ReferenceOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  static async open(folder: string, options: ReferenceOptions): Promise<JobWorkshop> {
    await rm(folder, REMOVAL);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new JobWorkshop(folder, options);
  }

  async open(job: string, epoch: number): Promise<Bench> {
    const scratch = path.join(this.#folder, `${job}-${epoch}-${randomUUID().slice(0, 8)}`);
    const inputs = `${scratch}-inputs`;
    const options = this.#options;
    return {
      scratch,
      inputs,
      async fetch(input, reference, signal) {
        await mkdir(inputs, { mode: 0o700, recursive: true });
        const file = path.join(inputs, randomUUID());
        const { mediaType } = await fetchReference(input, reference, file, options, signal);
        return { mediaType, content: { at: 'file', path: file } };
      },
      async fetchText(input, reference, maxBytes, signal) {
        return await fetchReferencedText(
          input,
          reference,
          { ...options, maxReferenceBytes: maxBytes },
          signal,
        );
      },
      async close() {
        // A look that waits for no thread of the pool: of short jobs there is nothing as a rule.
        for (const folder of [scratch, inputs]) if (existsSync(folder)) await rm(folder, REMOVAL);
      },
    };
  }
}
