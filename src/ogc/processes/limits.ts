/** Every bound on what a client of the geoprocessing services may ask. Defaults and reasons: `config/ogc.ts`. */
export interface ProcessLimits {
  /** A posted request with its inline data, XML or JSON, in UTF-16 code units. */
  readonly maxDocumentLength: number;
  /** What remains of posted XML when inline data are taken out, in UTF-16 code units. */
  readonly maxXmlLength: number;
  readonly maxXmlDepth: number;
  /** Tags, comments and CDATA sections outside of inline data. */
  readonly maxXmlTags: number;
  /** How deep inline XML and JSON may nest. */
  readonly maxPayloadDepth: number;
  /** Strings, arrays and objects, both ends counted, and keys of a request in JSON. */
  readonly maxJsonParts: number;
  readonly maxJsonKeys: number;
  /** Values of all inputs of one request together. */
  readonly maxInputs: number;
  /** Outputs that one request may name. */
  readonly maxOutputs: number;
  /** UTF-16 code units of a literal, an identifier or an attribute. */
  readonly maxLiteralLength: number;
  /** UTF-16 code units of an address. */
  readonly maxUrlLength: number;
  /** Entries on one page of a list, where the client does not say, and at most. */
  readonly defaultPageSize: number;
  readonly maxPageSize: number;
}
