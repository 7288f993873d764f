import type { ExceptionStyle, ImageEncoding } from './map-request.ts';
import { owsException } from './ows.ts';
import type { WrittenDocument } from './service.ts';
import { element, writeXml } from './xml.ts';

/** Whose words an exception is written in; `plain` is text for clients of bare tiles. */
export type ExceptionDialect = 'wms-1.1.1' | 'wms-1.3.0' | 'ows-1.1' | 'plain';

/** How this client wants to be told of errors: known before the request as a whole has been understood. */
export interface ExceptionReporting {
  readonly dialect: ExceptionDialect;
  /** `inimage` and `blank` only where the request names a format and a size that can be drawn. */
  readonly style: ExceptionStyle;
  /** What an exception in the image looks like. */
  readonly encoding: ImageEncoding;
  /** Pixels; 0 for style `xml`. */
  readonly width: number;
  readonly height: number;
  readonly transparent: boolean;
  /** `#rrggbb`. */
  readonly background: string;
}

/** Reporting in XML (or plain text), for requests of which nothing better is known. */
export function defaultReporting(dialect: ExceptionDialect): ExceptionReporting {
  return {
    dialect,
    style: 'xml',
    encoding: 'png',
    width: 0,
    height: 0,
    transparent: false,
    background: '#ffffff',
  };
}

export interface OgcExceptionOptions {
  /** The parameter at fault, as its standard spells it. */
  readonly locator?: string;
  readonly reporting?: ExceptionReporting;
  /** Default 400: the client's mistake. */
  readonly httpStatus?: number;
  readonly cause?: unknown;
}

/**
 * An error in the words of the OGC's standards: the one error that the readers of requests throw. `code` is
 * of WMS 1.3.0 table E.1, OWS Common 1.1 table 25 or WMTS 1.0.0 table 24; `InvalidBBOX` is of no standard,
 * which name none for it, but of common use.
 */
export class OgcException extends Error {
  override readonly name = 'OgcException';
  readonly code: string;
  readonly locator: string | undefined;
  readonly httpStatus: number;
  readonly reporting: ExceptionReporting;

  constructor(code: string, message: string, options: OgcExceptionOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.locator = options.locator;
    this.httpStatus = options.httpStatus ?? 400;
    this.reporting = options.reporting ?? defaultReporting('wms-1.3.0');
  }

  /** The same exception, told in another way. */
  reportedAs(reporting: ExceptionReporting): OgcException {
    const { code, message, locator, httpStatus, cause } = this;
    return new OgcException(code, message, {
      ...(locator === undefined ? {} : { locator }),
      reporting,
      httpStatus,
      cause,
    });
  }
}

/** Runs a reader; what it throws is told in the given way. */
export function withReporting<T>(reporting: ExceptionReporting, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof OgcException ? error.reportedAs(reporting) : error;
  }
}

/**
 * The document that tells of an exception. Its status is an HTTP error, which WMS leaves open and clients
 * (OWSLib, QGIS, GDAL, OpenLayers) read as well as 200: an exception with status 200 has been taken for a map
 * by caches. Send it `Cache-Control: no-store`. Pictures of exceptions go with 200, since no client shows
 * them otherwise, and `no-store` too.
 */
export function writeException(exception: OgcException): WrittenDocument {
  const status = exception.httpStatus;
  switch (exception.reporting.dialect) {
    case 'wms-1.1.1':
      return { status, contentType: 'application/vnd.ogc.se_xml', body: writeException111(exception) };
    case 'wms-1.3.0':
      return { status, contentType: 'text/xml', body: writeException130(exception) };
    case 'ows-1.1':
      return { status, contentType: 'application/xml', body: writeOwsException(exception) };
    case 'plain':
      return { status, contentType: 'text/plain; charset=utf-8', body: `${exception.message}\n` };
  }
}

/** WMS 1.1.1 annex A.3. Its DTD knows no locator; the message names the parameter. */
function writeException111({ code, message }: OgcException): string {
  const doctype = 'ServiceExceptionReport SYSTEM "http://schemas.opengis.net/wms/1.1.1/exception_1_1_1.dtd"';
  const report = element('ServiceExceptionReport', { version: '1.1.1' }, [
    element('ServiceException', { code }, message),
  ]);
  return writeXml(report, doctype);
}

/** WMS 1.3.0 annex E.2. */
function writeException130({ code, locator, message }: OgcException): string {
  const report = element(
    'ServiceExceptionReport',
    {
      version: '1.3.0',
      xmlns: 'http://www.opengis.net/ogc',
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      'xsi:schemaLocation':
        'http://www.opengis.net/ogc http://schemas.opengis.net/wms/1.3.0/exceptions_1_3_0.xsd',
    },
    [element('ServiceException', { code, locator }, message)],
  );
  return writeXml(report);
}

/** OWS Common 1.1 (06-121r3) section 8.3. */
function writeOwsException(exception: OgcException): string {
  const report = element(
    'ows:ExceptionReport',
    {
      version: '1.1.0',
      'xml:lang': 'en',
      'xmlns:ows': 'http://www.opengis.net/ows/1.1',
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      'xsi:schemaLocation':
        'http://www.opengis.net/ows/1.1 http://schemas.opengis.net/ows/1.1.0/owsExceptionReport.xsd',
    },
    [owsException(exception)],
  );
  return writeXml(report);
}
