import { type Cell, decodeCell, type ReportRun } from '../../sim/report/data.ts';

const CELLS = Array.from({ length: 256 }, (_, byte) => decodeCell(byte));

/** A run whose cells can be read. */
export class Run {
  readonly data: ReportRun;
  readonly #cells: Uint8Array;

  constructor(data: ReportRun) {
    this.data = data;
    this.#cells = Uint8Array.from(atob(data.cells), (character) => character.charCodeAt(0));
  }

  get machines(): ReportRun['machines'] {
    return this.data.machines;
  }

  get columns(): number {
    return this.data.columns;
  }

  get durationMs(): number {
    return this.data.shownMs;
  }

  cell(machine: number, column: number): Cell {
    return CELLS[this.#cells[machine * this.columns + column] ?? 0]!;
  }

  /** The machines in the order of their rows, by site. */
  sites(): { readonly name: string; readonly first: number; readonly count: number }[] {
    const sites: { name: string; first: number; count: number }[] = [];
    for (const [index, { site }] of this.machines.entries()) {
      const last = sites.at(-1);
      if (last?.name === site) last.count += 1;
      else sites.push({ name: site, first: index, count: 1 });
    }
    return sites;
  }
}
