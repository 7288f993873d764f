/** A program to be run, by absolute paths as the peer sees them. */
export interface Launch {
  readonly program: string;
  readonly arguments: readonly string[];
  /** All that the program gets of an environment besides PATH, HOME, TMPDIR and LANG. */
  readonly environment: Readonly<Record<string, string>>;
  readonly network: boolean;
  /** The one folder that it may write to, where it starts. */
  readonly scratch: string;
  /** Files of other folders that it reads, each put to a path within the scratch folder. */
  readonly files: readonly { readonly from: string; readonly to: string }[];
  /** Folders besides those of the system that it reads, where they are. */
  readonly folders?: readonly string[];
}

/** What is to be spawned so that the program runs as it should. */
export interface Spawn {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it writes the id of the process that holds all others to file descriptor 3, as bubblewrap does. */
  readonly tellsHolder: boolean;
}

/** Bounds that the kernel keeps, for each process. */
export interface KernelLimits {
  readonly fileBytes: number;
  readonly addressBytes: number;
  readonly processes: number;
}

/** How programs are kept apart from the machine. */
export interface Sandbox {
  /** For messages. */
  readonly name: string;
  /** The path of the scratch folder, as the program sees it. */
  scratchPath(scratch: string): string;
  spawn(launch: Launch, limits: KernelLimits, niceness: number): Promise<Spawn>;
}

/**
 * The program below a shell that sets its limits; `ulimit` counts files in 512 bytes and memory in 1024. Processes are
 * counted by the user, so that their number is limited only where the user is one of a namespace of its own; the kernel
 * never limits those of root.
 */
export function limited(
  { program, arguments: rest }: Pick<Launch, 'program' | 'arguments'>,
  { fileBytes, addressBytes, processes }: KernelLimits,
  limitProcesses: boolean,
): string[] {
  const limits = [
    'ulimit -c 0',
    `ulimit -f ${Math.ceil(fileBytes / 512)}`,
    `ulimit -v ${Math.ceil(addressBytes / 1024)}`,
  ];
  // The shell of Debian cannot limit processes.
  const bounded = `command -v prlimit >/dev/null && exec prlimit --nproc=${processes} "$@"`;
  const lines = [...limits, ...(limitProcesses ? [bounded] : []), 'exec "$@"'];
  return ['/bin/sh', '-c', lines.join('\n'), 'sh', program, ...rest];
}

/** The environment that every program gets: nothing of the peer's own. */
export function baseEnvironment(scratch: string): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: scratch, TMPDIR: scratch, LANG: 'C.UTF-8' };
}
