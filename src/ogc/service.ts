import type { CrsCatalogue } from './crs.ts';
import type { ProjectDescription } from './project-description.ts';

/** Every bound on what a client may ask. Defaults and their reasons: `config/ogc.ts`. */
export interface OgcLimits {
  /** Pixels of one side of an image. */
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** Pixels of a whole image. */
  readonly maxPixels: number;
  /** Layers in one request; advertised as LayerLimit. */
  readonly maxLayers: number;
  /** Features in one GetFeatureInfo answer; higher FEATURE_COUNTs get this many. */
  readonly maxFeatures: number;
  /** Features in a WMTS GetFeatureInfo answer, where the client cannot say how many. */
  readonly defaultTileFeatures: number;
  /** Dots per inch. */
  readonly minDpi: number;
  readonly maxDpi: number;
  /** Highest zoom level of tiles. */
  readonly maxZoom: number;
  /** Parameters of one request, names and values in UTF-16 code units. */
  readonly maxParameters: number;
  readonly maxNameLength: number;
  readonly maxValueLength: number;
  /** A posted XML request, in UTF-16 code units, and how deep its elements may nest. */
  readonly maxXmlLength: number;
  readonly maxXmlDepth: number;
  /** Tags, comments and CDATA sections in a posted request. */
  readonly maxXmlTags: number;
}

/** What the readers of requests need to know. */
export interface ServiceContext {
  /** The project of an id; `''` asks for the default project. */
  readonly project: (id: string) => ProjectDescription | undefined;
  readonly crs: CrsCatalogue;
  readonly limits: OgcLimits;
}

/** What capabilities say of the service itself. Empty strings are left out. */
export interface ServiceMetadata {
  /** Empty: the project's own title. */
  readonly title: string;
  readonly abstract: string;
  readonly keywords: readonly string[];
  readonly contactPerson: string;
  readonly contactOrganization: string;
  readonly contactEmail: string;
  /** The standards ask for the word `none` where there are none. */
  readonly fees: string;
  readonly accessConstraints: string;
}

/** An answer ready to be sent. */
export interface WrittenDocument {
  /** HTTP status. */
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}
