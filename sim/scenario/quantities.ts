import { z } from 'zod';

/** A day. */
export const MAX_DURATION_MS = 86_400_000;
const CENTURY_MS = 100 * 365.25 * MAX_DURATION_MS;

export const count = z.int().positive();
export const share = z.number().min(0).max(1);

/** A time, or a moment since the start. */
export const ms = z.number().min(0).max(MAX_DURATION_MS);

/** How long a piece of work takes. */
export const workMs = z.number().min(0.01).max(3_600_000);

/** Times the speed of an ordinary machine. */
export const speed = z.number().min(0.01).max(100);

/** How many times slower, or smaller. */
export const factor = z.number().min(1).max(1_000);

/** From a modem to a bus. */
export const bandwidthMbit = z.number().min(0.05).max(1_000_000);

/** One way; nobody calls each other over more than this, by whatever satellite. */
export const latencyMs = z.number().min(0).max(1_000);

/** How far a clock is set, either way. */
export const clockMs = z.number().min(-CENTURY_MS).max(CENTURY_MS);
