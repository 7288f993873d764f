import { setTimeout as delay } from 'node:timers/promises';
import type { PeerStatus } from '../../mesh/peer-status.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Written long after: an earlier date means a clock that was never set. */
const EARLIEST_SANE = Date.UTC(2026, 0, 1);
const OBSERVED_MS = 250;
/** A clock that is being slewed drifts by far less than this in so short a time. */
const MAX_DRIFT_MS = 20;

/** Clocks set by NTP are within a few hundredths of a second; times that people read are wrong beyond this. */
const MAX_OFFSET_MS = 2_000;
const REMEDY = 'let the system set its clock by NTP, e.g. timedatectl set-ntp true';

/** Whether the machine's clock is set and runs evenly. */
export async function checkClock(): Promise<Finding> {
  if (Date.now() < EARLIEST_SANE) return warn('clock', `it is ${new Date().toISOString()} here`, REMEDY);
  const offset = Date.now() - performance.now();
  await delay(OBSERVED_MS);
  const drift = Math.abs(Date.now() - performance.now() - offset);
  if (drift <= MAX_DRIFT_MS) return ok('clock', `${new Date().toISOString()}, runs evenly`);
  return warn('clock', `it jumped by ${drift.toFixed(0)} ms in ${OBSERVED_MS} ms`, REMEDY);
}

/** Whether the clocks of a mesh agree. Where most others differ by the same it is this machine's own clock that is wrong. */
export function judgeClocks(peers: readonly PeerStatus[]): Finding[] {
  const compared = peers.flatMap(({ name, clockOffsetMs }) =>
    clockOffsetMs === undefined ? [] : [{ name, clockOffsetMs }],
  );
  if (compared.length === 0) return [];
  const offsets = compared.map(({ clockOffsetMs }) => clockOffsetMs).sort((a, b) => a - b);
  const middleMs = offsets[(offsets.length - 1) >> 1]!;
  const findings: Finding[] = [];
  const isOwnWrong = Math.abs(middleMs) > MAX_OFFSET_MS;
  if (isOwnWrong) {
    findings.push(warn('clocks', `it is ${apart(-middleMs)} the clocks of most other peers`, REMEDY));
  }
  for (const { name, clockOffsetMs } of compared) {
    const offMs = isOwnWrong ? clockOffsetMs - middleMs : clockOffsetMs;
    if (Math.abs(offMs) <= MAX_OFFSET_MS) continue;
    findings.push(warn('clocks', `that of ${name} is ${apart(offMs)} the others`, `there: ${REMEDY}`));
  }
  if (findings.length > 0) return findings;
  return [ok('clocks', `${compared.length} other peers agree to ${(MAX_OFFSET_MS / 1000).toFixed(0)} s`)];
}

function apart(aheadMs: number): string {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  return aheadMs > 0 ? `${seconds} s ahead of` : `${seconds} s behind`;
}
