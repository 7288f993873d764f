import { setTimeout as delay } from 'node:timers/promises';
import { type Finding, ok, warn } from './finding.ts';

/** Written long after: an earlier date means a clock that was never set. */
const EARLIEST_SANE = Date.UTC(2026, 0, 1);
const OBSERVED_MS = 250;
/** A clock that is being slewed drifts by far less than this in so short a time. */
const MAX_DRIFT_MS = 20;

/** Whether the machine's clock is set and runs evenly. */
export async function checkClock(): Promise<Finding> {
  const remedy = 'let the system set its clock by NTP, e.g. timedatectl set-ntp true';
  if (Date.now() < EARLIEST_SANE) return warn('clock', `it is ${new Date().toISOString()} here`, remedy);
  const offset = Date.now() - performance.now();
  await delay(OBSERVED_MS);
  const drift = Math.abs(Date.now() - performance.now() - offset);
  if (drift <= MAX_DRIFT_MS) return ok('clock', `${new Date().toISOString()}, runs evenly`);
  return warn('clock', `it jumped by ${drift.toFixed(0)} ms in ${OBSERVED_MS} ms`, remedy);
}
