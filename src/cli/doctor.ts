import { styleText } from 'node:util';
import { checkClock } from './doctor/clock.ts';
import { checkDisk } from './doctor/disk.ts';
import { checkDrawing } from './doctor/drawing.ts';
import type { Finding } from './doctor/finding.ts';
import { checkMulticast } from './doctor/multicast.ts';
import { checkHttpPort, checkMeshAddress } from './doctor/ports.ts';
import { checkPrograms } from './doctor/programs.ts';
import { checkRunningPeer } from './doctor/running-peer.ts';
import { checkRuntime } from './doctor/runtime.ts';
import { ExitCode } from './exit-codes.ts';
import { Output } from './output.ts';
import { configOf, type StartOptions } from './start-options.ts';
import { stayAwake } from './stay-awake.ts';
import { printable } from './table.ts';

/** Checks what a peer with these options needs of the machine. Rejects when something would keep it from working. */
export async function doctor(
  options: Pick<StartOptions, 'json' | 'data' | 'config' | 'projects' | 'port'>,
): Promise<void> {
  using _awake = stayAwake();
  const output = new Output();
  const config = await configOf(options);
  const findings: Finding[] = [];
  for (const check of [
    () => checkRuntime(),
    () => checkHttpPort(config.http.host, config.http.port),
    () => Promise.all(config.network.listen.map(checkMeshAddress)),
    () => checkMulticast(),
    () => checkClock(),
    () => checkRunningPeer(config.node.data),
    () => checkDisk(config.node.data),
    () => checkDrawing(config),
    () => checkPrograms(config, process.env.PATH ?? ''),
  ]) {
    const found = [await check()].flat();
    findings.push(...found);
    if (!options.json) for (const finding of found) show(output, finding);
  }
  if (options.json) output.json(findings);
  const failed = findings.filter(({ state }) => state === 'fail').map(({ check }) => check);
  if (failed.length > 0) process.exitCode = ExitCode.failed;
}

function show(output: Output, { check, state, detail, remedy }: Finding): void {
  const mark = {
    ok: styleText('green', 'ok  '),
    warn: styleText('yellow', 'warn'),
    fail: styleText('red', 'FAIL'),
  };
  output.line(`${mark[state]}  ${check.padEnd(14)} ${printable(detail)}`);
  if (remedy) output.line(`${' '.repeat(21)}${styleText('dim', `-> ${remedy}`)}`);
}
