/** Time since the start of the run: `3:07`, `1:02:30`, and `12.4 s` or `30 s` in the first minute. */
export function clockTime(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 1)} s`;
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [String(first), ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

/** Round moments, about as many as fit, ms. */
export function clockTicks(durationMs: number, most: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200].map((s) => s * 1000);
  const step = steps.find((one) => durationMs / one <= most) ?? Math.ceil(durationMs / most);
  return Array.from({ length: Math.floor(durationMs / step) + 1 }, (_, index) => index * step);
}
