import { GismeshError } from '../core/errors.ts';
import type { Storage } from '../platform/storage.ts';

const FILE = 'listen.json';

/**
 * Listen addresses with the port of last time in the place of port 0: peers that were asleep, and invitations
 * on paper, find this peer again.
 */
export async function withRememberedPort(listen: readonly string[], storage: Storage): Promise<string[]> {
  const port = await rememberedPort(storage);
  return port === undefined
    ? [...listen]
    : listen.map((address) => address.replace(/(?<=^|:|\/tcp\/)0$/, String(port)));
}

export async function rememberPort(addresses: readonly string[], storage: Storage): Promise<void> {
  const port = /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1];
  if (port === undefined || Number(port) === (await rememberedPort(storage))) return;
  await storage.write(FILE, Buffer.from(JSON.stringify({ port: Number(port) })));
}

async function rememberedPort(storage: Storage): Promise<number | undefined> {
  const content = await storage.read(FILE);
  if (!content) return undefined;
  try {
    const { port } = JSON.parse(Buffer.from(content).toString()) as { port: unknown };
    return Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536
      ? (port as number)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether another program has the port that was remembered. */
export function isPortTaken(error: unknown): boolean {
  return error instanceof GismeshError && error.code === 'PORT_TAKEN';
}
