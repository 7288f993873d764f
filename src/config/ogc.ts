import { z } from 'zod';

const count = z.int().positive();

/** What clients of WMS, WMTS and XYZ may ask: the bounds of `OgcLimits`, and what capabilities say. */
export const ogcConfig = z.strictObject({
  limits: z
    .strictObject({
      maxWidth: count
        .default(6144)
        .describe(
          'Pixels from side to side: a 4k screen and the half more that OpenLayers asks for around it.',
        ),
      maxHeight: count.default(6144).describe('Pixels from top to bottom; as maxWidth.'),
      maxPixels: count
        .default(6144 * 6144)
        .describe('Pixels of a whole image, 144 MiB in a worker: all that maxWidth and maxHeight promise.'),
      maxLayers: count
        .default(200)
        .describe('Layers in one request, advertised as LayerLimit: more than any project is made of.'),
      maxFeatures: count
        .default(100)
        .describe('Features in one GetFeatureInfo answer: more are not read by anybody under one pixel.'),
      defaultTileFeatures: count
        .default(10)
        .describe('Features in a GetFeatureInfo answer of WMTS, where clients cannot say how many.'),
      minDpi: z.number().positive().default(10).describe('Lowest resolution in dots per inch.'),
      maxDpi: z
        .number()
        .positive()
        .default(1200)
        .describe('Highest resolution in dots per inch: fine print; symbols grow with it.'),
      maxZoom: z
        .int()
        .min(0)
        .max(30)
        .default(24)
        .describe('Highest zoom level of tiles: 24, the last of WebMercatorQuad, has pixels of 9 mm.'),
      maxParameters: count.default(200).describe('Parameters of one request: real clients send up to 40.'),
      maxNameLength: count.default(128).describe("Characters of a parameter's name."),
      maxValueLength: count
        .default(65_536)
        .describe("Characters of a parameter's value: long lists of layers, in forms longer than a URL."),
      maxXmlLength: count
        .default(262_144)
        .describe('Characters of a posted XML request: reading that much takes 0.1 s at the worst.'),
      maxXmlTags: count
        .default(5000)
        .describe('Tags in a posted request: maxLayers take some 1,200; each costs 5 µs and 2 kB to read.'),
      maxXmlDepth: count.default(32).describe('How deep the elements of a posted request may nest.'),
    })
    .prefault({})
    .describe('Bounds on what a client may ask.'),
  processes: z
    .strictObject({
      maxDocumentLength: count
        .default(32 * 1024 * 1024)
        .describe(
          'Characters of a posted request with its inline data: larger data come by reference, and are not held in memory.',
        ),
      maxXmlLength: count
        .default(1_048_576)
        .describe('Characters of a posted request without its inline data: a thousand long literals.'),
      maxXmlDepth: count.default(32).describe('How deep its elements may nest outside of inline data.'),
      maxXmlTags: count
        .default(20_000)
        .describe(
          'Tags outside of inline data: maxInputs take some 10,000; each costs 5 µs and 2 kB to read.',
        ),
      maxPayloadDepth: count
        .default(256)
        .describe('How deep inline XML and JSON may nest: GML and GeoJSON stay below 30.'),
      maxJsonParts: count
        .default(4_000_000)
        .describe(
          'Strings, arrays and objects (both ends) in a request in JSON: coordinates of 32 MB have 3 million.',
        ),
      maxJsonKeys: count
        .default(500_000)
        .describe('Keys in a request in JSON, the dearest part to read: 5 µs each where all differ.'),
      maxInputs: count.default(1000).describe('Values of all inputs of one request together.'),
      maxOutputs: count.default(200).describe('Outputs that one request may name.'),
      maxLiteralLength: count
        .default(65_536)
        .describe('Characters of a literal: expressions and lists; what is longer is complex data.'),
      maxUrlLength: count.default(8192).describe('Characters of an address that data or callbacks go to.'),
      defaultPageSize: count
        .default(100)
        .describe(
          'Jobs on a page, where the client does not say. Processes come all at once: few clients turn pages.',
        ),
      maxPageSize: count.default(1000).describe('Processes or jobs on a page at most: some 500 kB of JSON.'),
    })
    .prefault({})
    .describe('Bounds on what a client of the geoprocessing services may ask.'),
  service: z
    .strictObject({
      title: z.string().default('').describe("The services' title; empty: each project's own."),
      abstract: z.string().default('').describe("The services' description; empty: each project's own."),
      keywords: z
        .array(z.string())
        .default(['gismesh'])
        .describe('Keywords of the services, for catalogues that harvest them.'),
      contactPerson: z.string().default('').describe('Whom to ask about the services.'),
      contactOrganization: z.string().default('').describe('Who provides the services.'),
      contactEmail: z.string().default('').describe('Where to write to.'),
      fees: z.string().default('none').describe('What use costs; the standards want `none` for nothing.'),
      accessConstraints: z
        .string()
        .default('none')
        .describe('What use is bound to; the standards want `none` for nothing.'),
    })
    .prefault({})
    .describe('What capabilities say of the services themselves.'),
});
