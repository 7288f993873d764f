import { GismeshError } from '../core/errors.ts';
import type { PeerId } from '../platform/network.ts';
import { isChunk } from './chunk-hash.ts';
import { type ByteRange, chunkRanges, type Manifest } from './manifest.ts';
import { type Sources, throwIfAborted } from './sources.ts';

/**
 * A part of an artifact, from one peer after another, in memory no more than two chunks. Each is compared with
 * its hash before anything of it is given out.
 */
export async function* streamRange(
  sources: Sources,
  manifest: Manifest,
  range: ByteRange,
  holders: readonly PeerId[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let at = range.from;
  let failure: unknown;
  let peers: readonly PeerId[] = holders;
  for (let round = 0; round < sources.options.maxRounds; round += 1) {
    if (round > 0) await sources.pause(round, signal);
    if (round > 0) peers = await sources.holders(manifest.id, holders);
    for (const peer of peers) {
      try {
        for await (const piece of streamFrom(sources, peer, manifest, { from: at, to: range.to }, signal)) {
          at += piece.length;
          yield piece;
        }
        return;
      } catch (error) {
        throwIfAborted(signal);
        failure = error;
        sources.failed(peer, manifest, error);
      }
    }
  }
  throw failure ?? new GismeshError('ARTIFACT_UNKNOWN', `No peer that can be reached holds ${manifest.id}`);
}

async function* streamFrom(
  sources: Sources,
  peer: PeerId,
  manifest: Manifest,
  range: ByteRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const parts = [...chunkRanges(manifest, range)];
  const [first] = parts;
  if (!first) return;
  const stream = await sources.open(peer, signal, range.to - range.from);
  try {
    for (let at = 0; at < parts.length; ) {
      const count = Math.min(sources.options.chunksPerRequest, parts.length - at);
      for await (const { index, bytes } of stream.chunks(manifest, first.index + at, count)) {
        if (!bytes) {
          const message = `${peer} cannot give chunk ${index} of ${manifest.id}`;
          throw new GismeshError('ARTIFACT_DAMAGED', message);
        }
        if (!isChunk(manifest, index, [bytes])) throw sources.badChunk(peer, manifest, index);
        sources.received(bytes.length);
        const { from, to } = parts[at] as ByteRange;
        yield bytes.subarray(from, to);
        at += 1;
      }
    }
  } catch (error) {
    stream.abort(error);
    throw error;
  } finally {
    // Also when who reads has left.
    stream.abort(new GismeshError('CANCELLED', 'Nothing more is needed'));
  }
}
