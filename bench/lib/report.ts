/** One figure beside its bar. `measured` says it in words with its unit; `passed` compares it with the bar. */
export interface Row {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  readonly passed: boolean;
  /** Everything the figure was computed from. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What other programs, and other machines of the same host, took of all cores meanwhile, 0..1. */
export interface Disturbed {
  readonly disturbance: number;
}

export type Benchmark = (options: BenchmarkOptions) => Promise<Row[]>;

export interface BenchmarkOptions {
  /** Seconds of load per measurement. */
  readonly seconds: number;
}

/** A Markdown table for people and documents. */
export function table(rows: readonly (Row & Disturbed)[]): string {
  const lines = rows.map(
    ({ what, bar, measured, passed, disturbance }) =>
      `| ${what} | ${bar} | ${measured} | ${passed ? 'met' : 'missed'} | ${(disturbance * 100).toFixed(0)} % |`,
  );
  return ['| what | bar | measured | | cores lost to others |', '|---|---|---|---|---|', ...lines].join('\n');
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}
