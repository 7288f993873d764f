import type { Config } from '../config.ts';
import { GismeshError } from '../core/errors.ts';
import type { Engine } from '../engines/engine.ts';
import { createMapnikEngine } from '../engines/mapnik/engine.ts';
import { StandInEngine } from '../engines/stand-in.ts';
import type { CrsCatalogue } from '../ogc/crs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

/**
 * The engines of this machine by name. One that is not there is no reason to stay away: the peer still serves
 * its user what the others draw.
 */
export async function startEngines(
  config: Config['engines'],
  cacheFolder: string,
  services: { clock: Clock; crs: CrsCatalogue; log: Log },
): Promise<Map<string, Engine>> {
  const engines = new Map<string, Engine>();
  try {
    const engine = config.standIn.enabled
      ? new StandInEngine(config.standIn, services.clock)
      : await createMapnikEngine({ ...config, cacheFolder }, services);
    await engine.start();
    engines.set('mapnik', engine);
  } catch (error) {
    if (!(error instanceof GismeshError)) throw error;
    services.log.error({ err: error }, 'the map engine is not available; this peer draws nothing itself');
  }
  return engines;
}
