import type { LoaderOptions } from 'ol/source/DataTile.js';
import { originOf, type TileOrigin } from './tile-log.ts';

export interface TileListener {
  loaded(z: number, x: number, y: number, origin: TileOrigin): void;
  /** It failed twice. `reason` is for people. */
  failed(reason: string): void;
}

/** Long enough for a dead peer to be noticed and another to be asked. */
const RETRY_MS = 1000;

/**
 * Loads tiles by `fetch`, which shows the headers that an image element hides. Always asks whether the tile
 * is still current: the answer tells who drew it, and costs no drawing.
 */
export function tileLoader(urlOf: (z: number, x: number, y: number) => URL, listener: TileListener) {
  return async (z: number, x: number, y: number, { signal }: LoaderOptions): Promise<ImageBitmap> => {
    try {
      const response = await fetchTwice(urlOf(z, x, y), signal);
      const image = await createImageBitmap(await response.blob());
      const origin = originOf(response.headers);
      if (origin) listener.loaded(z, x, y, origin);
      return image;
    } catch (error) {
      if (!signal.aborted) listener.failed(error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
}

async function fetchTwice(url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await fetchTile(url, signal);
  } catch {
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return await fetchTile(url, signal);
  }
}

async function fetchTile(url: URL, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { cache: 'no-cache', signal }).catch((cause: unknown) => {
    throw new Error('this machine\u2019s peer does not answer', { cause });
  });
  if (response.ok) return response;
  throw new Error(await reasonOf(response));
}

/** Errors of the tile service are a line of text. */
async function reasonOf(response: Response): Promise<string> {
  const text = (await response.text()).trim();
  const isPlain = response.headers.get('content-type')?.startsWith('text/plain') ?? false;
  return isPlain && text.length > 0 ? text.slice(0, 300) : `HTTP ${response.status}`;
}
