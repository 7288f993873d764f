/** An encoding of complex data. Empty text where nothing is specified. */
export interface Format {
  /** `application/geo+json`, `text/xml; subtype=gml/3.1.1`. */
  readonly mediaType: string;
  /** How the data stand in a document: '' as they are, `base64` for bytes. */
  readonly encoding: '' | 'base64';
  /** Address of the schema that the data follow. */
  readonly schema: string;
}

/** Types of XML Schema that literals have. */
export type LiteralType =
  | 'string'
  | 'integer'
  | 'double'
  | 'boolean'
  | 'date'
  | 'time'
  | 'dateTime'
  | 'anyURI';

/** Whether the minimum and the maximum of a range belong to it, in the words of OWS Common. */
type RangeClosure = 'closed' | 'open' | 'open-closed' | 'closed-open';

export interface AllowedRange {
  /** Lexical values of the literal's type; absent: unbounded. */
  readonly minimum?: string;
  readonly maximum?: string;
  readonly closure: RangeClosure;
}

export interface LiteralData {
  readonly kind: 'literal';
  readonly dataType: LiteralType;
  /** Values and ranges of which one must fit; empty: any value of the type. */
  readonly allowedValues: readonly string[];
  readonly allowedRanges: readonly AllowedRange[];
  /** Units of measure, the default first; empty: a number without unit, or no number. */
  readonly units: readonly string[];
  readonly defaultValue?: string;
}

export interface BoundingBoxData {
  readonly kind: 'bbox';
  /** Coordinate reference systems, the default first; never empty. */
  readonly crs: readonly string[];
}

export interface ComplexData {
  readonly kind: 'complex';
  /** The default first; never empty. */
  readonly formats: readonly Format[];
  /** Bytes of the decoded data; absent: whatever the peer takes. */
  readonly maximumBytes?: number;
  /** In the default format, as it would stand in a document. */
  readonly defaultValue?: string;
}

export type DataDescription = LiteralData | BoundingBoxData | ComplexData;

/** A pointer to more about a process or a parameter. */
export interface ProcessMetadata {
  readonly title: string;
  readonly role: string;
  readonly href: string;
}

interface Described {
  readonly id: string;
  /** Never empty: providers put the id where they know nothing better. */
  readonly title: string;
  readonly abstract: string;
  readonly keywords: readonly string[];
  readonly metadata: readonly ProcessMetadata[];
}

export interface InputDescription extends Described {
  readonly data: DataDescription;
  /** 0: optional. */
  readonly minOccurs: number;
  readonly maxOccurs: number | 'unbounded';
}

export interface OutputDescription extends Described {
  readonly data: DataDescription;
}

type JobControl = 'sync-execute' | 'async-execute' | 'dismiss';

/** The one model of a process, which every provider gives and every front door describes. Plain data. */
export interface ProcessDescription extends Described {
  /** `x.y.z`; WPS 2.0 wants that form and leaves out any other. */
  readonly version: string;
  readonly jobControl: readonly JobControl[];
  /** Whether running it twice does no harm: jobs of others are not taken over when their peer dies. */
  readonly idempotent: boolean;
  /** Whether results can be kept and given by reference. */
  readonly storeSupported: boolean;
  /** Whether progress is told while it runs. */
  readonly statusSupported: boolean;
  readonly inputs: readonly InputDescription[];
  /** Never empty. */
  readonly outputs: readonly OutputDescription[];
}

/** A format with nothing but what is given. */
export function formatOf(mediaType: string, encoding: '' | 'base64' = '', schema = ''): Format {
  return { mediaType, encoding, schema };
}

/** Whether data of the media type are XML, which then stand as elements in XML answers. */
export function isXmlType(mediaType: string): boolean {
  return /^(?:text|application)\/(?:[\w.+-]*\+)?xml\b|\bgml\b/i.test(mediaType);
}

export function isJsonType(mediaType: string): boolean {
  return /^(?:text|application)\/(?:[\w.+-]*\+)?json\b|geojson/i.test(mediaType);
}
