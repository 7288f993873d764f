import { StringDecoder } from 'node:string_decoder';
import type { TaskContext } from '../process.ts';
import { PatternTooSlow } from './bounded-search.ts';
import { LineReader, ProgressReader } from './progress-reader.ts';
import type { Command } from './schema.ts';

/** Types of outputs that are not among the words. */
const FILES: ReadonlySet<string> = new Set(['file', 'folder', 'changed']);

/** Lines of a failed program that its error repeats. */
const LINES_IN_ERROR = 5;

/** What a program writes, on its way to the log, the progress and the outputs. */
export class Words {
  readonly #lines: Readonly<Record<'stdout' | 'stderr', LineReader>>;
  #progress: ProgressReader | undefined;
  readonly #context: TaskContext;
  readonly #decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  readonly #stdout: Buffer[] = [];
  readonly #keepsStdout: boolean;

  constructor(command: Command, context: TaskContext) {
    const types = Object.values(command.outputs).map(({ type }) => type);
    const log = (line: string) => context.log(line);
    this.#context = context;
    this.#lines = {
      // What is an output is not for the log as well.
      stdout: new LineReader(LINES_IN_ERROR, types.includes('words') ? () => {} : log),
      stderr: new LineReader(LINES_IN_ERROR, log),
    };
    this.#progress = command.progress && new ProgressReader(command.progress);
    this.#keepsStdout = types.some((type) => !FILES.has(type));
  }

  /** The end of what it said: on stderr if it said anything there, where programs tell of errors. */
  get last(): readonly string[] {
    const { stdout, stderr } = this.#lines;
    return stderr.last.length > 0 ? stderr.last : stdout.last;
  }

  read(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const text = this.#decoders[stream].write(chunk);
    if (stream === 'stdout' && this.#keepsStdout) this.#stdout.push(chunk);
    this.#lines[stream].read(text);
    const percent = this.#percentIn(text);
    if (percent !== undefined) this.#context.onProgress(percent, '');
  }

  #percentIn(text: string): number | undefined {
    try {
      return this.#progress?.read(text);
    } catch (error) {
      if (!(error instanceof PatternTooSlow)) throw error;
      this.#progress = undefined;
      this.#context.log(`no more progress is told, since its pattern is too slow: ${error.message}`);
      return undefined;
    }
  }

  end(): void {
    this.#lines.stdout.end();
    this.#lines.stderr.end();
  }

  /** Empty where no output is taken from it. */
  stdout(): Buffer {
    return Buffer.concat(this.#stdout);
  }
}

/** The last words of a program as the end of a sentence. Some say the same to several listeners. */
export function inError(last: readonly string[]): string {
  return last.length > 0 ? `: ${[...new Set(last)].join(' | ')}` : '';
}
