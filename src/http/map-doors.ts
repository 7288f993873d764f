import type { ExceptionDialect } from '../ogc/exceptions.ts';
import { type EndpointDescription, type EndpointTools, type Serve, serving } from './endpoint.ts';
import { exceptionReply } from './exception-replies.ts';
import type { FrontDoorContext } from './front-door-context.ts';
import { MapRoutes, type OgcSettings } from './map-routes.ts';

/** The map services, however a request comes to them. */
export interface MapDoors {
  /** With key-value pairs. */
  readonly wms: Serve;
  readonly wmts: Serve;
  /** As resources. */
  readonly wmtsResource: Serve;
  readonly tiles: Serve;
}

export function mapDoors(
  parts: EndpointTools & { readonly context: FrontDoorContext; readonly ogc: OgcSettings },
): MapDoors {
  const maps = new MapRoutes(parts);
  const wmts = service('wmts', 'ows-1.1', ['GET', 'POST']);
  return {
    wms: serving(parts, service('wms', 'wms-1.3.0', ['GET', 'POST']), (call) => maps.wms(call)),
    wmts: serving(parts, wmts, (call) => maps.wmts(call)),
    wmtsResource: serving(parts, { ...wmts, methods: ['GET'] }, (call) => maps.wmtsResource(call)),
    tiles: serving(parts, service('tiles', 'plain', ['GET']), (call) => maps.tile(call)),
  };

  function service(
    route: string,
    dialect: ExceptionDialect,
    methods: EndpointDescription['methods'],
  ): EndpointDescription {
    return { route, methods, pages: 'any', fail: (error) => exceptionReply(error, dialect, parts) };
  }
}
