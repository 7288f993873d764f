import type { TaskContext } from '../process.ts';
import { LineReader, ProgressReader } from './progress-reader.ts';
import type { Command } from './schema.ts';

/** Types of outputs that are not among the words. */
const FILES: ReadonlySet<string> = new Set(['file', 'folder', 'changed']);

/** Lines of a failed program that its error repeats. */
const LINES_IN_ERROR = 5;

/** What a program writes, on its way to the log, the progress and the outputs. */
export class Words {
  readonly #lines: Readonly<Record<'stdout' | 'stderr', LineReader>>;
  readonly #progress: ProgressReader | undefined;
  readonly #context: TaskContext;
  readonly #stdout: Buffer[] = [];
  readonly #keepsStdout: boolean;
  readonly #logsStdout: boolean;

  constructor(command: Command, context: TaskContext) {
    const types = Object.values(command.outputs).map(({ type }) => type);
    const onLine = (line: string) => context.log(line);
    this.#context = context;
    this.#lines = {
      stdout: new LineReader(LINES_IN_ERROR, onLine),
      stderr: new LineReader(LINES_IN_ERROR, onLine),
    };
    this.#progress = command.progress && new ProgressReader(command.progress);
    this.#keepsStdout = types.some((type) => !FILES.has(type));
    this.#logsStdout = !types.includes('words');
  }

  /** The end of what it said: on stderr if it said anything there, where programs tell of errors. */
  get last(): readonly string[] {
    const { stdout, stderr } = this.#lines;
    return stderr.last.length > 0 ? stderr.last : stdout.last;
  }

  read(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const text = chunk.toString('utf8');
    if (stream === 'stdout' && this.#keepsStdout) this.#stdout.push(chunk);
    if (stream === 'stderr' || this.#logsStdout) this.#lines[stream].read(text);
    const percent = this.#progress?.read(text);
    if (percent !== undefined) this.#context.onProgress(percent, '');
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
