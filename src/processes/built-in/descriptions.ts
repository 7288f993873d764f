import {
  formatOf,
  type InputDescription,
  type OutputDescription,
  type ProcessDescription,
} from '../../ogc/processes/process-description.ts';
import { complexOf, geoJsonFormats, inputOf, literalOf, outputOf } from '../describe.ts';

/*
 * What the built-in processes take and give. Apart from the code that runs them: the peer lists them without loading
 * the geometry libraries, which only the worker processes need.
 */

const LENGTH_UNITS = ['m', 'km'];
const notNegative = { minimum: '0', closure: 'closed' } as const;
const positive = { minimum: '0', closure: 'open' } as const;

function features(id: string, title: string, abstract = ''): InputDescription {
  return inputOf(id, complexOf(geoJsonFormats), { title, abstract: abstract || ABOUT_FEATURES });
}

const ABOUT_FEATURES =
  'GeoJSON: a feature collection, a feature or a geometry. Longitude and latitude unless a member "crs" names another.';

function result(title = 'Result'): OutputDescription {
  return outputOf('result', complexOf(geoJsonFormats), {
    title,
    abstract: 'A feature collection in the CRS of the input.',
  });
}

function process(
  id: string,
  title: string,
  abstract: string,
  inputs: readonly InputDescription[],
  outputs: readonly OutputDescription[] = [result()],
): ProcessDescription {
  return {
    id,
    title,
    abstract,
    keywords: ['vector'],
    metadata: [],
    version: '1.0.0',
    jobControl: ['sync-execute', 'async-execute', 'dismiss'],
    idempotent: true,
    storeSupported: true,
    statusSupported: true,
    inputs,
    outputs,
  };
}

const seconds = literalOf('double', {
  allowedRanges: [{ minimum: '0', maximum: '3600', closure: 'closed' }],
  defaultValue: '0',
});

const geometryFormats = [
  ...geoJsonFormats,
  formatOf('text/xml; subtype=gml/3.1.1'),
  formatOf('application/gml+xml; version=3.2'),
];
const binaryFormats = [
  formatOf('application/octet-stream', 'base64'),
  formatOf('image/png', 'base64'),
  formatOf('image/tiff; subtype=geotiff', 'base64'),
  formatOf('application/geopackage+sqlite3', 'base64'),
];
const boxCrs = ['CRS:84', 'EPSG:4326', 'EPSG:3857'];

/** What `echo` gives back, each under the id of its input. */
const echoed: readonly [string, string, InputDescription['data']][] = [
  ['string', 'Text', literalOf('string')],
  ['integer', 'A whole number', literalOf('integer')],
  ['number', 'A number', literalOf('double')],
  ['measure', 'A number with a unit', literalOf('double', { units: LENGTH_UNITS })],
  ['boolean', 'Yes or no', literalOf('boolean')],
  ['date', 'A day', literalOf('date')],
  ['dateTime', 'A moment', literalOf('dateTime')],
  ['uri', 'An address', literalOf('anyURI')],
  ['choice', 'One of some words', literalOf('string', { allowedValues: ['red', 'green', 'blue'] })],
  ['box', 'A bounding box', { kind: 'bbox', crs: boxCrs }],
  ['geometry', 'GeoJSON or GML', complexOf(geometryFormats)],
  ['object', 'JSON', complexOf([formatOf('application/json')])],
  ['text', 'Text of any length', complexOf([formatOf('text/plain'), formatOf('text/csv')])],
  ['binary', 'Bytes', complexOf(binaryFormats)],
];

const echo: ProcessDescription = {
  ...process(
    'echo',
    'Echo',
    'Gives back what it gets, so that clients and meshes can be tried. It can take its time, and fail on demand.',
    [
      ...echoed.map(([id, title, data]) => inputOf(id, data, { title, minOccurs: 0 })),
      inputOf('strings', literalOf('string'), {
        title: 'Several texts',
        minOccurs: 0,
        maxOccurs: 'unbounded',
      }),
      inputOf('pause', seconds, { title: 'Seconds that it takes' }),
      inputOf('fail', literalOf('string'), { title: 'Fails with these words after the pause', minOccurs: 0 }),
    ],
    [
      ...echoed.map(([id, title, data]) =>
        outputOf(id, data, { title, abstract: 'As it was given; missing where it was not.' }),
      ),
      outputOf('strings', complexOf([formatOf('application/json')]), { title: 'The texts, as a JSON array' }),
    ],
  ),
  keywords: ['test'],
};

export const builtInProcesses: readonly ProcessDescription[] = [
  echo,
  process(
    'buffer',
    'Buffer',
    'The area within a distance of each feature. On longitude and latitude it is measured around the feature itself: exact to 0.1 % for features up to 500 km wide.',
    [
      features('features', 'Features'),
      inputOf('distance', literalOf('double', { units: LENGTH_UNITS }), {
        title: 'Distance',
        abstract: 'Below zero it takes away from polygons.',
      }),
      inputOf(
        'segments',
        literalOf('integer', {
          allowedRanges: [{ minimum: '1', maximum: '64', closure: 'closed' }],
          defaultValue: '8',
        }),
        { title: 'Segments of a quarter circle' },
      ),
      inputOf(
        'cap',
        literalOf('string', { allowedValues: ['round', 'flat', 'square'], defaultValue: 'round' }),
        {
          title: 'Ends of lines',
        },
      ),
      inputOf('dissolve', literalOf('boolean', { defaultValue: 'false' }), { title: 'One area out of all' }),
    ],
  ),
  process(
    'simplify',
    'Simplify',
    'Fewer vertices, none of them farther than the tolerance from where a line was.',
    [
      features('features', 'Features'),
      inputOf('tolerance', literalOf('double', { units: LENGTH_UNITS, allowedRanges: [notNegative] }), {
        title: 'Tolerance',
      }),
      inputOf('preserveTopology', literalOf('boolean', { defaultValue: 'true' }), {
        title: 'Keep each feature valid',
        abstract: 'Without it small features can vanish.',
      }),
    ],
  ),
  process(
    'intersection',
    'Intersection',
    'The parts of features that lie within those of the other layer, with the properties of both. Properties of the other layer whose names are taken get the prefix "overlay_".',
    [features('features', 'Features'), features('overlay', 'Other layer')],
  ),
  process(
    'dissolve',
    'Dissolve',
    'Features that touch become one, all of them or those with an equal value of a field.',
    [
      features('features', 'Features'),
      inputOf('field', literalOf('string'), { title: 'Field', minOccurs: 0 }),
    ],
  ),
  process('centroid', 'Centroid', 'The centre of gravity of each feature, with its properties.', [
    features('features', 'Features'),
    inputOf('inside', literalOf('boolean', { defaultValue: 'false' }), {
      title: 'A point that lies on the feature',
      abstract: 'The centre of gravity of a bent polygon can lie outside of it.',
    }),
  ]),
  process('convex-hull', 'Convex hull', 'The smallest convex polygon around all features, or around each.', [
    features('features', 'Features'),
    inputOf('each', literalOf('boolean', { defaultValue: 'false' }), { title: 'One for each feature' }),
  ]),
  process(
    'voronoi',
    'Voronoi polygons',
    'For each point the area that is nearer to it than to any other, with the properties of the point. Points at the same place count once.',
    [
      features('points', 'Points'),
      inputOf('margin', literalOf('double', { allowedRanges: [notNegative], defaultValue: '10' }), {
        title: 'Margin around the outermost points',
        abstract: 'Percent of the width and height of all points.',
      }),
    ],
  ),
  process(
    'reproject',
    'Reproject',
    'Coordinates in another CRS. Datum shifts have the three or seven parameters of the EPSG, no grids: good to a metre or two for old national datums.',
    [
      features('features', 'Features'),
      inputOf('source', literalOf('string'), {
        title: 'CRS of the features',
        abstract: 'EPSG:25832 or a definition of PROJ; where it is missing, what the GeoJSON says.',
        minOccurs: 0,
      }),
      inputOf('target', literalOf('string'), {
        title: 'CRS of the result',
        abstract: 'EPSG:25832, or a definition of PROJ.',
      }),
    ],
    [
      outputOf('result', complexOf(geoJsonFormats), {
        title: 'Result',
        abstract: 'In the target CRS, x before y.',
      }),
    ],
  ),
  process(
    'zonal-statistics',
    'Statistics by zone',
    'Count, sum, mean, minimum, maximum and standard deviation of a numeric field in each zone. Points count where they lie; polygons by the share of their area that is in the zone, and the mean is weighted by area.',
    [
      features('zones', 'Zones', `Polygons. ${ABOUT_FEATURES}`),
      features('values', 'Values', `Points or polygons, in the CRS of the zones. ${ABOUT_FEATURES}`),
      inputOf('field', literalOf('string'), { title: 'Numeric field of the values' }),
    ],
    [result('Zones with the statistics as properties')],
  ),
  process('random-points', 'Random points', 'Points spread evenly over areas.', [
    inputOf('areas', complexOf(geoJsonFormats), {
      title: 'Polygons',
      abstract: `Points go into each of them, and get its properties. ${ABOUT_FEATURES}`,
      minOccurs: 0,
    }),
    inputOf('extent', { kind: 'bbox', crs: boxCrs }, { title: 'A box instead of polygons', minOccurs: 0 }),
    inputOf(
      'count',
      literalOf('integer', { allowedRanges: [{ minimum: '1', maximum: '1000000', closure: 'closed' }] }),
      { title: 'Points in each area' },
    ),
    inputOf('seed', literalOf('integer', { allowedRanges: [notNegative], defaultValue: '1' }), {
      title: 'Seed',
      abstract: 'The same seed gives the same points.',
    }),
    inputOf('minimumDistance', literalOf('double', { units: LENGTH_UNITS, allowedRanges: [positive] }), {
      title: 'Least distance between points of an area',
      minOccurs: 0,
    }),
  ]),
];
