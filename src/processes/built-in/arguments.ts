import { readFileSync, statSync } from 'node:fs';
import type { BoundingBoxValue, LiteralValue } from '../../ogc/processes/execute-request.ts';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';
import type { Format } from '../../ogc/processes/process-description.ts';
import { geoJsonFormats } from '../describe.ts';
import type { ComplexContent, ProcessTask, TaskInput, TaskValue } from '../process.ts';
import { type FeatureLayer, readLayer } from './feature-layer.ts';

const METRES: Readonly<Record<string, number>> = { m: 1, km: 1000 };

/** The inputs of one run by their ids. What `validateRequest` has seen to is not checked again. */
export class Arguments {
  readonly outputs: ProcessTask['outputs'];
  readonly #values = new Map<string, TaskValue[]>();
  readonly #maxInputBytes: number;

  constructor(inputs: readonly TaskInput[], outputs: ProcessTask['outputs'], maxInputBytes: number) {
    this.outputs = outputs;
    this.#maxInputBytes = maxInputBytes;
    for (const { id, value } of inputs) {
      const values = this.#values.get(id);
      if (values === undefined) this.#values.set(id, [value]);
      else values.push(value);
    }
  }

  all(id: string): readonly TaskValue[] {
    return this.#values.get(id) ?? [];
  }

  /** What was asked for of an output, its default where it was not asked for. */
  format(output: string): Format {
    return this.outputs.find(({ id }) => id === output)?.format ?? (geoJsonFormats[0] as Format);
  }

  has(id: string): boolean {
    return this.#values.has(id);
  }

  text(id: string): string {
    return this.#literal(id).value;
  }

  number(id: string): number {
    return Number(this.text(id));
  }

  boolean(id: string): boolean {
    return this.text(id) === 'true';
  }

  /** A number with a unit, in metres. */
  metres(id: string): number {
    const { value, uom } = this.#literal(id);
    return Number(value) * (METRES[uom] ?? 1);
  }

  box(id: string): BoundingBoxValue {
    return this.#first(id, 'bbox') as BoundingBoxValue;
  }

  layer(id: string): FeatureLayer {
    return readLayer(id, this.bytes(id, this.#first(id, 'complex') as ComplexContent));
  }

  bytes(id: string, { content }: ComplexContent): Uint8Array {
    const size = content.at === 'memory' ? content.bytes.length : statSync(content.path).size;
    if (size > this.#maxInputBytes) {
      const message = `Input ${quote(id)} has ${size} bytes, more than the ${this.#maxInputBytes} that are read at once`;
      throw new ProcessError('input-invalid', message, id);
    }
    return content.at === 'memory' ? content.bytes : readFileSync(content.path);
  }

  #literal(id: string): LiteralValue {
    return this.#first(id, 'literal') as LiteralValue;
  }

  #first(id: string, kind: TaskValue['kind']): TaskValue {
    const value = this.#values.get(id)?.[0];
    if (value === undefined) throw new ProcessError('input-missing', `Input ${quote(id)} is missing`, id);
    if (value.kind !== kind) throw new ProcessError('input-invalid', `Input ${quote(id)} is no ${kind}`, id);
    return value;
  }
}
