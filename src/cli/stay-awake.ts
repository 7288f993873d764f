const LONG_MS = 2 ** 30;

/**
 * Keeps the process alive until disposed. The product's own timers never do, so that a process which waits for
 * one of them alone would end.
 */
export function stayAwake(): Disposable {
  const timer = setInterval(() => {}, LONG_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
