/** A duration for people: `8.3 ms`, `412 ms`, `1.7 s`, `44 s`; three digits at most. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 999.5) return `${digits(ms)} ms`;
  return `${digits(ms / 1000)} s`;
}

/** How long people waited; nothing where nobody got an answer. */
export function waited({ requests, errors }: { requests: number; errors: number }, ms: number): string {
  return duration(requests > errors ? ms : Number.NaN);
}

/** `0.25 s`, `90 s`, `2 min 30 s`, `10 min`, `1 h 30 min`. */
export function longTime(ms: number): string {
  if (ms < 10_000) return `${digits(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 600 && seconds % 60 > 0) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Up to three digits: `0.031`, `4.2`, `129`, `12,340`. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return whole(value);
  return String(Number(value.toPrecision(value < 10 ? 2 : 3)));
}

/** `0.4 %`; never `0 %` for what is more than nothing. */
export function share(part: number, of: number): string {
  if (of === 0 || part === 0) return '0 %';
  return `${Number(((part / of) * 100).toPrecision(2))} %`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}
