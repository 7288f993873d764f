import { execFile } from 'node:child_process';
import { lstatSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { findProgram } from './find-program.ts';
import {
  baseEnvironment,
  type KernelLimits,
  type Launch,
  limited,
  type Sandbox,
  type Spawn,
} from './launch.ts';

const SCRATCH = '/scratch';
const PROBE_TIMEOUT_MS = 5000;
/** Of `/dev/shm` and `/tmp`, which are memory. */
const MEMORY_FILES_BYTES = 64 * 1024 * 1024;

/** What programs need of a system; the rest of `/etc` is nobody's business. */
const SYSTEM_FILES = [
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/alternatives',
  '/etc/fonts',
  '/etc/localtime',
  '/etc/mime.types',
  '/etc/python3',
  '/etc/proj',
  '/etc/gdal',
];
const NETWORK_FILES = [
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/nsswitch.conf',
  '/etc/ssl',
  '/etc/ca-certificates',
];
/** Links into `/usr` on most systems, folders of their own on others. */
const ROOT_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/**
 * A sandbox by bubblewrap: namespaces of its own, no network unless declared, a system that cannot be written, and
 * nothing of the user's files but the scratch folder. When the peer dies, so does all that runs in it.
 */
export class BubblewrapSandbox implements Sandbox {
  readonly name = 'bubblewrap';
  readonly #command: string;
  readonly #readOnlyFolders: readonly string[];

  constructor(command: string, readOnlyFolders: readonly string[]) {
    this.#command = command;
    this.#readOnlyFolders = readOnlyFolders;
  }

  /** Looks for bubblewrap, and whether it may do here what it is for; tells why not otherwise. */
  static async find(
    searchPath: string,
    readOnlyFolders: readonly string[],
  ): Promise<BubblewrapSandbox | { readonly missing: string }> {
    const command = findProgram('bwrap', searchPath);
    if (command === undefined) return { missing: 'bubblewrap (bwrap) is not installed' };
    const sandbox = new BubblewrapSandbox(command, readOnlyFolders);
    try {
      await promisify(execFile)(command, [...sandbox.#walls(false), '/bin/sh', '-c', ':'], {
        timeout: PROBE_TIMEOUT_MS,
      });
      return sandbox;
    } catch (error) {
      const words = String((error as { stderr?: string }).stderr ?? error).trim();
      return { missing: `bubblewrap does not work here: ${words.slice(0, 300)}` };
    }
  }

  scratchPath(): string {
    return SCRATCH;
  }

  async spawn(launch: Launch, limits: KernelLimits, niceness: number): Promise<Spawn> {
    const inside = (file: string) => SCRATCH + file.slice(launch.scratch.length);
    const environment = { ...baseEnvironment(SCRATCH), ...launch.environment };
    return {
      command: 'nice',
      arguments: [
        '-n',
        String(niceness),
        this.#command,
        '--info-fd',
        '3',
        ...this.#walls(launch.network),
        ...(launch.folders ?? []).flatMap(readable),
        ...['--bind', launch.scratch, SCRATCH],
        ...launch.files.flatMap(({ from, to }) => ['--ro-bind', from, inside(to)]),
        ...['--remount-ro', '/', '--remount-ro', '/dev'],
        ...['--chdir', SCRATCH],
        ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
        '--',
        ...limited(launch, limits, true),
      ],
      environment: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      tellsHolder: true,
    };
  }

  #walls(network: boolean): string[] {
    const files = network ? [...SYSTEM_FILES, ...NETWORK_FILES] : SYSTEM_FILES;
    return [
      '--unshare-all',
      ...(network ? ['--share-net'] : []),
      '--die-with-parent',
      '--new-session',
      ...['--cap-drop', 'ALL'],
      '--clearenv',
      ...['--ro-bind', '/usr', '/usr'],
      ...ROOT_FOLDERS.flatMap(rootFolder),
      ...[...files, '/opt'].flatMap(readable),
      ...['--proc', '/proc'],
      ...['--dev', '/dev'],
      ...['--size', String(MEMORY_FILES_BYTES), '--tmpfs', '/dev/shm'],
      ...['--size', String(MEMORY_FILES_BYTES), '--tmpfs', '/tmp'],
      // After /tmp, where folders may be too.
      ...this.#readOnlyFolders.flatMap(readable),
      ...['--dir', SCRATCH],
    ];
  }
}

function readable(file: string): string[] {
  return ['--ro-bind-try', file, file];
}

function rootFolder(folder: string): string[] {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return stats.isSymbolicLink() ? ['--symlink', readlinkSync(folder), folder] : ['--ro-bind', folder, folder];
}
