import type { Crs } from './crs.ts';
import { readDpi } from './dpi.ts';
import { OgcException } from './exceptions.ts';
import { canBeTransparent, encodingOf, imageFormats } from './image-format.ts';
import { readImageSize } from './image-size.ts';
import { selectLayers } from './layers.ts';
import type { BBox, ImageEncoding, MapView } from './map-request.ts';
import type { Parameters } from './parameters.ts';
import type { ProjectDescription } from './project-description.ts';
import type { ServiceContext } from './service.ts';
import { readBBox, readBoolean, readColour } from './values.ts';
import type { WmsVersion } from './wms-version.ts';

/** What the readers of the WMS operations work on. */
export interface WmsReading {
  readonly parameters: Parameters;
  readonly version: WmsVersion;
  readonly project: ProjectDescription;
  readonly context: ServiceContext;
  /** Collects what was put right or passed over. */
  readonly warnings: string[];
}

/** The picture that a GetMap asks for (WMS 1.3.0 section 7.3.3, 1.1.1 section 7.2.3). */
export function readMapView(reading: WmsReading): MapView {
  const { parameters } = reading;
  refuseSld(parameters);
  const encoding = readFormat(parameters.required('FORMAT'));
  return readView(reading, encoding, readStyles(reading));
}

/** The map part that GetFeatureInfo repeats: its format and styles do not matter and may be missing. */
export function readQueriedView(reading: WmsReading): MapView {
  refuseSld(reading.parameters);
  return readView(reading, 'png', reading.parameters.get('STYLES') ?? '');
}

function readView(reading: WmsReading, encoding: ImageEncoding, styles: string): MapView {
  const { parameters, project, context, warnings } = reading;
  warnOfDimensions(parameters, warnings);
  const layers = readLayers(reading);
  const crs = readCrs(reading);
  const size = readImageSize(parameters, context.limits);
  return {
    project: project.id,
    ...selectLayers(project, layers, styles, context.limits.maxLayers),
    crs: crs.code,
    bbox: readMapBBox(reading, crs, size),
    ...size,
    encoding,
    ...readGround(parameters, project, encoding),
    dpi: readDpi(parameters, context.limits),
  };
}

/**
 * How many times wider than high, or higher than wide, the ground of a pixel may be. Maps are stretched to the picture
 * (WMS 1.3.0 section 6.7.4), but an engine follows every dash of a line that is stretched to billions of pixels.
 */
const MAX_DISTORTION = 10_000;

/** BBOX; throws InvalidBBOX. */
function readMapBBox(
  { parameters, version }: WmsReading,
  crs: Crs,
  { width, height }: { readonly width: number; readonly height: number },
): BBox {
  const bbox = readBBox(parameters.required('BBOX'), version === '1.3.0' ? crs.axisOrder : 'xy');
  const distortion = (bbox[2] - bbox[0]) / width / ((bbox[3] - bbox[1]) / height);
  if (distortion <= MAX_DISTORTION && distortion >= 1 / MAX_DISTORTION) return bbox;
  const message = `A pixel of this BBOX is ${MAX_DISTORTION} times or more as long as broad; WIDTH and HEIGHT do not go with it`;
  throw new OgcException('InvalidBBOX', message, { locator: 'BBOX' });
}

/** GetFeatureInfo without LAYERS asks of the layers it queries. */
function readLayers({ parameters, warnings }: WmsReading): string {
  if (parameters.get('LAYERS') === undefined && parameters.get('QUERY_LAYERS') !== undefined) {
    warnings.push('LAYERS is missing: taken from QUERY_LAYERS');
    return parameters.required('QUERY_LAYERS');
  }
  return parameters.required('LAYERS');
}

/**
 * STYLES is mandatory in both versions, but may be empty. Absent, it is refused for 1.3.0, as its test suite
 * wants it, and empty for 1.1.1, where clients leave it out.
 */
function readStyles({ parameters, version, warnings }: WmsReading): string {
  if (!parameters.has('STYLES')) {
    if (version === '1.3.0') {
      throw new OgcException('MissingParameterValue', 'Parameter STYLES is missing; it may be empty', {
        locator: 'STYLES',
      });
    }
    warnings.push('STYLES is missing: default styles');
  }
  return parameters.get('STYLES') ?? '';
}

/** CRS in 1.3.0, SRS before; each is understood in the other. Throws InvalidCRS or InvalidSRS. */
function readCrs({ parameters, version, context }: WmsReading): Crs {
  const name = version === '1.3.0' ? 'CRS' : 'SRS';
  const text = parameters.required(name, name === 'CRS' ? 'SRS' : 'CRS');
  const crs = text.length <= 200 ? context.crs.lookup(text) : undefined;
  if (crs) return crs;
  const message = `Coordinate reference system "${text.slice(0, 100)}" is not known or cannot be drawn`;
  throw new OgcException(`Invalid${name}`, message, { locator: name });
}

/** FORMAT; throws InvalidFormat. */
export function readFormat(text: string): ImageEncoding {
  const encoding = encodingOf(text);
  if (encoding) return encoding;
  const offered = Object.values(imageFormats).join(', ');
  const message = `Format "${text.slice(0, 100)}" is not offered; there are ${offered}`;
  throw new OgcException('InvalidFormat', message, { locator: 'FORMAT' });
}

/** TRANSPARENT; throws InvalidParameterValue. Formats that cannot be transparent are not. */
export function readTransparent(parameters: Parameters, encoding: ImageEncoding): boolean {
  const transparent = readBoolean(parameters.get('TRANSPARENT') ?? 'FALSE');
  if (transparent === undefined) {
    throw new OgcException('InvalidParameterValue', 'TRANSPARENT must be TRUE or FALSE', {
      locator: 'TRANSPARENT',
    });
  }
  return transparent && canBeTransparent(encoding);
}

/** What lies behind the layers. Where that is nothing, BGCOLOR makes no difference, nor may it to a cache. */
function readGround(
  parameters: Parameters,
  project: ProjectDescription,
  encoding: ImageEncoding,
): { transparent: boolean; background: string } {
  const transparent = readTransparent(parameters, encoding);
  const text = parameters.get('BGCOLOR');
  const colour = text === undefined ? project.background : readColour(text);
  if (colour === undefined) {
    throw new OgcException('InvalidParameterValue', 'BGCOLOR must be of the form 0xRRGGBB', {
      locator: 'BGCOLOR',
    });
  }
  return { transparent, background: transparent ? project.background : colour };
}

/** Styles by SLD would make this service fetch addresses, or draw what no peer has been given. */
export function refuseSld(parameters: Parameters): void {
  for (const name of ['SLD', 'SLD_BODY']) {
    if (parameters.get(name) === undefined) continue;
    const message = `${name} is not accepted; choose among the advertised styles with STYLES`;
    throw new OgcException('InvalidParameterValue', message, { locator: name });
  }
}

/** Layers here have no dimensions; a server then passes over their values (WMS 1.3.0 section C.3.1). */
function warnOfDimensions(parameters: Parameters, warnings: string[]): void {
  for (const [name] of parameters.pairs()) {
    if (name === 'TIME' || name === 'ELEVATION' || name.startsWith('DIM_')) {
      warnings.push(`${name} is passed over: the layers have no such dimension`);
    }
  }
}
