import { existsSync } from 'node:fs';
import path from 'node:path';
import { readDescription } from '../../config/description-file.ts';
import type { Config } from '../../config.ts';
import { shippedCommandFolder } from '../../node/built-folder.ts';
import { readCommands } from '../../processes/command/read-commands.ts';
import type { Command } from '../../processes/command/schema.ts';
import { findQgis } from '../../processes/qgis/qgis-program.ts';
import { BubblewrapSandbox } from '../../processes/sandbox/bubblewrap.ts';
import { findProgram } from '../../processes/sandbox/find-program.ts';
import { type Finding, ok, warn } from './finding.ts';

const ELSEWHERE = 'until then such jobs run at other peers';

/** Which programs would run here as processes, and in what. None of it is needed for a peer. */
export async function checkPrograms(config: Config, searchPath: string): Promise<Finding[]> {
  const { processes, node } = config;
  return [
    await checkSandbox(processes, searchPath),
    ...(await checkCommands(processes.commands, path.join(node.data, 'processes'), searchPath)),
    ...(processes.qgis.enabled ? [checkQgis(processes.qgis.program, searchPath)] : []),
  ];
}

async function checkSandbox(
  { sandbox, allowUnsandboxed }: Config['processes'],
  searchPath: string,
): Promise<Finding> {
  const found = await BubblewrapSandbox.find(searchPath, sandbox.readOnlyFolders);
  if (found instanceof BubblewrapSandbox) return ok('sandbox', 'bubblewrap works');
  const without = allowUnsandboxed ? 'programs run without a sandbox' : 'no programs run here';
  return warn('sandbox', `${found.missing}: ${without}`, `install bubblewrap; ${ELSEWHERE}`);
}

async function checkCommands(
  { folders, shipped }: Config['processes']['commands'],
  ownFolder: string,
  searchPath: string,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const all = [...folders, ...[ownFolder].filter(existsSync), ...(shipped ? [shippedCommandFolder()] : [])];
  const commands: Command[] = [];
  const told = (error: Error) => findings.push(warn('process', error.message, 'see docs/processes.md'));
  for (const folder of all) {
    try {
      commands.push(...(await readCommands(folder, { read: readDescription }, told)));
    } catch (error) {
      told(error as Error);
    }
  }
  const missing = new Set<string>();
  const there = commands.filter(({ program, needs }) => {
    const absent = [program, ...needs].filter((name) => findProgram(name, searchPath) === undefined);
    for (const name of absent) missing.add(name);
    return absent.length === 0;
  });
  if (there.length > 0) findings.push(ok('programs', there.map(({ id }) => id).join(', ')));
  if (missing.size > 0) {
    const detail = `not installed: ${[...missing].join(', ')}`;
    const remedy = `install them, e.g. gdal-bin; ${ELSEWHERE}`;
    findings.push(warn('programs', detail, remedy));
  }
  return findings;
}

function checkQgis(wish: string, searchPath: string): Finding {
  const program = findQgis(wish, searchPath);
  if (program !== undefined) return ok('qgis', program);
  return warn('qgis', 'qgis_process is not installed', `install qgis; ${ELSEWHERE}`);
}
