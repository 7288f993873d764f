/** Of a process, or with a negative number of a group; one that is gone hears nothing. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or a system that cannot.
  }
}
