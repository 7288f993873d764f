import { z } from 'zod';
import type { Fault } from '../faults/fault.ts';
import { clockMs, factor, ms, share } from './quantities.ts';

const atMs = ms;
const forMs = ms;
const peer = z.int().min(0);
const peers = z.array(peer).min(1);
const down = { atMs, peer, downMs: forMs };

/** `Fault` as it stands in a file. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('kill'), ...down }),
  z.strictObject({ kind: z.literal('power-loss'), ...down }),
  z.strictObject({ kind: z.literal('disk-loss'), ...down }),
  z.strictObject({ kind: z.literal('leave'), ...down }),
  z.strictObject({ kind: z.literal('stall'), atMs, peer, forMs }),
  z.strictObject({ kind: z.literal('suspend'), atMs, peer, forMs }),
  z.strictObject({ kind: z.literal('clock-jump'), atMs, peer, byMs: clockMs }),
  z.strictObject({ kind: z.literal('partition'), atMs, peers, forMs, oneWay: z.boolean().default(false) }),
  z.strictObject({
    kind: z.literal('bad-network'),
    atMs,
    peers,
    forMs,
    loss: share.default(0),
    duplication: share.default(0),
    extraLatencyMs: ms.default(0),
  }),
  z.strictObject({
    kind: z.literal('slow-reader'),
    atMs,
    peer,
    forMs,
    bytesPerMs: z.number().min(0.001).max(1e9),
  }),
  z.strictObject({ kind: z.literal('reset'), atMs, peer }),
  z.strictObject({ kind: z.literal('disk-full'), atMs, peer, forMs }),
  z.strictObject({ kind: z.literal('engine-failure'), atMs, peer, forMs, rate: share.default(1) }),
  z.strictObject({ kind: z.literal('engine-slow'), atMs, peer, forMs, factor }),
  z.strictObject({ kind: z.literal('memory-pressure'), atMs, peer, forMs, factor }),
  z.strictObject({ kind: z.literal('owner-active'), atMs, peer, forMs }),
  z.strictObject({ kind: z.literal('project-change'), atMs, peers, project: z.int().min(0) }),
]) satisfies z.ZodType<Fault>;
