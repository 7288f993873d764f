/** Chunks that a transfer reads ahead or has still being written: the disk need not keep the network's time. */
export const CHUNKS_AHEAD = 2;

/**
 * Memory for one chunk after the other, the same again after `count` of them: a transfer makes no garbage, whatever its
 * size. Who uses a chunk has to be done with it by then.
 */
export function memoryInTurn(count: number): (bytes: number) => Uint8Array {
  const places: Uint8Array[] = [];
  let at = 0;
  return (bytes) => {
    at = (at + 1) % count;
    const known = places[at];
    const place = known && known.length >= bytes ? known : Buffer.allocUnsafeSlow(bytes);
    places[at] = place;
    return place.subarray(0, bytes);
  };
}
