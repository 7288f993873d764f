import { systemClock } from '../../platform/system.ts';
import { LinuxSenses } from './linux.ts';
import { MacosSenses } from './macos.ts';
import type { OwnerSenses } from './owner-watch.ts';
import { programRunner } from './run-program.ts';

/** How this platform shows whether somebody is there; undefined where it is not known how to see that. */
export function ownerSenses(platform: NodeJS.Platform = process.platform): OwnerSenses | undefined {
  const run = programRunner();
  if (platform === 'linux') return new LinuxSenses({ clock: systemClock, run, environment: process.env });
  return platform === 'darwin' ? new MacosSenses(run) : undefined;
}
