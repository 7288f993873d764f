import { GismeshError } from '../core/errors.ts';
import type { ArtifactFile } from './artifact-files.ts';
import { inChunks, ManifestBuilder } from './chunk-hash.ts';
import { MAX_CHUNKS, type Manifest } from './manifest.ts';
import type { Rooms } from './quota.ts';

/**
 * Writes the content of a stream to a file, which is on the disk and closed when it resolves, and makes its manifest.
 * `REQUEST_TOO_LARGE` for more than an artifact may have; what `rooms` rejects.
 */
export async function receive(
  source: AsyncIterable<Uint8Array>,
  file: ArtifactFile,
  chunkBytes: number,
  rooms: Rooms,
): Promise<Manifest> {
  const builder = new ManifestBuilder(chunkBytes);
  try {
    for await (const pieces of inChunks(source, chunkBytes)) {
      if (builder.chunks >= MAX_CHUNKS) {
        throw new GismeshError(
          'REQUEST_TOO_LARGE',
          `An artifact has at most ${MAX_CHUNKS * chunkBytes} bytes: divide the result`,
        );
      }
      const offset = builder.size;
      builder.add(pieces);
      const use = await rooms.take(builder.size - offset);
      await file.write(offset, pieces);
      use();
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return builder.build();
}
