import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of all living processes below this one, as Linux tells them; none on other systems. */
export function descendants(): string[] {
  return [...processes().keys()].map(commandOf);
}

/** States of all living processes below this one by their ids, `T` for one that was stopped; not of who watches over these. */
export function processes(): Map<number, string> {
  const states = new Map<number, string>();
  const parents = new Map<number, number>();
  for (const name of safely(() => readdirSync('/proc'), [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = safely(() => readFileSync(`/proc/${name}/stat`, 'latin1'), '');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === undefined || parent === undefined || state === 'Z') continue;
    parents.set(Number(name), Number(parent));
    states.set(Number(name), state);
  }
  return new Map(
    [...states].filter(([pid]) => isBelow(pid, parents) && !commandOf(pid).includes('stand-guard')),
  );
}

function commandOf(pid: number): string {
  return safely(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '').replaceAll('\0', ' ');
}

function isBelow(pid: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at = parents.get(pid); at !== undefined && at > 1; at = parents.get(at)) {
    if (at === process.pid) return true;
  }
  return false;
}

function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
