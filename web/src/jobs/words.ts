/** Words and numbers for people. */

export const isOpen = (state: string) => state === 'accepted' || state === 'running';

/** As short as may be: for today the time alone, else without seconds. */
export function moment(ms: number, nowMs = Date.now()): string {
  const [date, now] = [new Date(ms), new Date(nowMs)];
  const isToday = date.toDateString() === now.toDateString();
  return date.toLocaleString(undefined, {
    ...(isToday ? { second: '2-digit' } : { day: '2-digit', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
  });
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [value, at] = [bytes, 0];
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return at === 0 ? `${bytes} bytes` : `${value.toFixed(value < 10 ? 1 : 0)} ${units[at]}`;
}

/** The type alone, without parameters that mean something to programs. */
export const mediaName = (mediaType: string) =>
  mediaType.includes('kind=') ? 'value' : (mediaType.split(';')[0] ?? '').trim();
