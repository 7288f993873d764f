import { setFlagsFromString } from 'node:v8';

/**
 * V8's space for new objects (three of these, MB). By default it grows to 64 MB in all and stays there,
 * which on somebody's desk is a third of an idle peer; a peer makes too few objects to need it.
 */
const SEMI_SPACE_MEGABYTES = 8;

/** A peer with more than this resident has been sent much at once; one that draws and computes has less. */
const LARGE_BYTES = 220 * 1024 * 1024;

/**
 * Of a large peer old objects are looked through for garbage when they have become so many percent more. By default V8
 * lets them grow fourfold and gives little of it back: posted documents left 380 MB resident of which 60 were in use.
 * Of other peers they are not: it would cost each uncached image a millisecond.
 */
const GROWTH_PERCENT = 50;
/** V8's own choice. */
const NO_GROWTH_PERCENT = 0;

const LOOK_EVERY_MS = 1_000;

/** To be called before the program has allocated much: V8 grows its spaces on demand and keeps them. */
export function boundHeap(): void {
  setFlagsFromString(`--max-semi-space-size=${SEMI_SPACE_MEGABYTES}`);
  setFlagsFromString('--semi-space-growth-factor=1');
  let wasLarge = false;
  setInterval(() => {
    const isLarge = process.memoryUsage.rss() > LARGE_BYTES;
    if (isLarge === wasLarge) return;
    wasLarge = isLarge;
    setFlagsFromString(`--heap-growing-percent=${isLarge ? GROWTH_PERCENT : NO_GROWTH_PERCENT}`);
  }, LOOK_EVERY_MS).unref();
}
