import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import {
  baseEnvironment,
  type KernelLimits,
  type Launch,
  limited,
  type Sandbox,
  type Spawn,
} from './launch.ts';

/**
 * No sandbox: the program can do whatever the user of the peer can. Its limits hold; where it hides from its process
 * group it outlives its end.
 */
export const unsandboxed: Sandbox = {
  name: 'none',
  scratchPath: (scratch) => scratch,
  async spawn(launch: Launch, limits: KernelLimits, niceness: number): Promise<Spawn> {
    for (const { from, to } of launch.files) {
      await mkdir(path.dirname(to), { recursive: true });
      await symlink(from, to);
    }
    return {
      command: 'nice',
      arguments: ['-n', String(niceness), ...limited(launch, limits, false)],
      environment: {
        ...baseEnvironment(launch.scratch),
        PATH: process.env.PATH ?? '/usr/bin:/bin',
        ...launch.environment,
      },
      tellsHolder: false,
    };
  },
};
