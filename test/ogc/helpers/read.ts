import { OgcException } from '../../../src/ogc/exceptions.ts';
import type { MapView } from '../../../src/ogc/map-request.ts';
import { readParameters } from '../../../src/ogc/parameters.ts';
import { readWmsRequest, type WmsRequest } from '../../../src/ogc/wms-request.ts';
import { readWmtsRequest, type WmtsRequest } from '../../../src/ogc/wmts-request.ts';
import { context, limits } from './service.ts';

/** Parameters to change in a good request; null leaves one out. */
export type Changes = Readonly<Record<string, string | number | null>>;

export function wms(query: string | Iterable<[string, string]>, pathProject?: string): WmsRequest {
  return readWmsRequest(readParameters(new URLSearchParams(query), limits), pathProject, context);
}

export function wmts(query: string | Iterable<[string, string]>, pathProject?: string): WmtsRequest {
  return readWmtsRequest(readParameters(new URLSearchParams(query), limits), pathProject, context);
}

const GET_MAP_130 = {
  SERVICE: 'WMS',
  VERSION: '1.3.0',
  REQUEST: 'GetMap',
  LAYERS: 'Lakes,Road Segments',
  STYLES: '',
  CRS: 'CRS:84',
  BBOX: '-0.0042,-0.0024,0.0042,0.0024',
  WIDTH: '400',
  HEIGHT: '200',
  FORMAT: 'image/png',
};

const GET_MAP_111 = {
  SERVICE: 'WMS',
  VERSION: '1.1.1',
  REQUEST: 'GetMap',
  LAYERS: 'Lakes',
  STYLES: '',
  SRS: 'EPSG:4326',
  BBOX: '-0.0042,-0.0024,0.0042,0.0024',
  WIDTH: '400',
  HEIGHT: '200',
  FORMAT: 'image/png',
};

const GET_FEATURE_INFO_130 = {
  ...GET_MAP_130,
  REQUEST: 'GetFeatureInfo',
  QUERY_LAYERS: 'Lakes',
  INFO_FORMAT: 'text/plain',
  I: '60',
  J: '50',
};

export function getMap130(changes: Changes = {}): string {
  return query(GET_MAP_130, changes);
}

export function getMap111(changes: Changes = {}): string {
  return query(GET_MAP_111, changes);
}

export function getFeatureInfo130(changes: Changes = {}): string {
  return query(GET_FEATURE_INFO_130, changes);
}

export function query(parameters: Readonly<Record<string, string>>, changes: Changes): string {
  const all = Object.entries({ ...parameters, ...changes }).filter(([, value]) => value !== null);
  return new URLSearchParams(all.map(([name, value]): [string, string] => [name, String(value)])).toString();
}

export function viewOf(text: string): MapView {
  const request = wms(text);
  if (request.kind !== 'GetMap') throw new Error(`a ${request.kind}, not a GetMap`);
  return request.view;
}

/** What reading throws. */
export function exceptionOf(read: () => unknown): OgcException {
  try {
    read();
  } catch (error) {
    if (error instanceof OgcException) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
