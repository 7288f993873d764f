import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../platform/clock.ts';
import { Call } from './call.ts';
import type { Serve } from './endpoint.ts';
import { type FailureTools, failureReply } from './failures.ts';
import type { MapDoors } from './map-doors.ts';
import type { FrontDoorOptions } from './options.ts';
import { DirectRequest } from './request-view.ts';
import { sendWhole } from './respond.ts';

/** Targets that are the same as a URL, whoever reads them: nothing that is decoded, resolved or refused there. */
const PLAIN_QUERY = String.raw`(?:\?[\w!$%&()*+,./:;=?@~-]*)?`;
const SERVICE = new RegExp(String.raw`^/(wms|wmts)(?:/([\w-]+))?${PLAIN_QUERY}$`);
const RESOURCE = new RegExp(String.raw`^/(wmts|tiles)(?:/[\w-][\w.:@-]*){2,16}${PLAIN_QUERY}$`);

/**
 * GET requests for maps, answered on Node's own objects: after each drawing the program has to come into the
 * processor's caches again, and a router, a Fetch request and a Fetch response are much of it. The handlers are those
 * of every other way; whatever is unusual about a request goes the usual way.
 */
export class DirectMaps {
  readonly #doors: MapDoors;
  readonly #options: FrontDoorOptions;
  readonly #clock: Clock;
  readonly #failures: FailureTools;

  constructor(
    doors: MapDoors,
    parts: FailureTools & { readonly options: FrontDoorOptions; readonly clock: Clock },
  ) {
    this.#doors = doors;
    this.#options = parts.options;
    this.#clock = parts.clock;
    this.#failures = parts;
  }

  /** Answers a plain request for a map; false where it is none. The host has been looked at. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    const { method, url = '' } = incoming;
    if (method !== 'GET') return false;
    const found = this.#find(url);
    if (found === undefined) return false;
    const { serve, project } = found;
    const request = new DirectRequest(incoming, outgoing);
    const parameter = (name: string) => (name === 'project' ? project : undefined);
    const origin = { request, parameter, incoming, outgoing };
    void this.#serve(serve, new Call(origin, this.#options, this.#clock.now()), outgoing);
    return true;
  }

  async #serve(serve: Serve, call: Call, outgoing: ServerResponse): Promise<void> {
    try {
      sendWhole(outgoing, await serve(call));
    } catch (error) {
      const reply = failureReply(error, this.#failures);
      if (outgoing.headersSent) outgoing.destroy();
      else sendWhole(outgoing, reply);
    }
  }

  #find(target: string): { serve: Serve; project?: string | undefined } | undefined {
    const { wms, wmts, wmtsResource, tiles } = this.#doors;
    const [, service, project] = SERVICE.exec(target) ?? [];
    if (service !== undefined) return { serve: service === 'wms' ? wms : wmts, project };
    const [, resource] = RESOURCE.exec(target) ?? [];
    if (resource !== undefined) return { serve: resource === 'wmts' ? wmtsResource : tiles };
    return undefined;
  }
}
