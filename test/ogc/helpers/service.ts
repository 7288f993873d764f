import { ogcConfig } from '../../../src/config/ogc.ts';
import type { Crs, CrsCatalogue } from '../../../src/ogc/crs.ts';
import type { ProjectDescription } from '../../../src/ogc/project-description.ts';
import type { OgcLimits, ServiceContext, ServiceMetadata } from '../../../src/ogc/service.ts';

/** A project with everything that capabilities can say, hostile words among it. */
export const lakes: ProjectDescription = {
  id: 'blue-lake',
  hash: '5f'.repeat(32),
  engine: 'mapnik',
  title: 'Blue Lake & <surroundings>',
  abstract: 'A "small" map\u0000 of Blue Lake',
  keywords: ['lake', 'CITE'],
  attribution: "© the lake's friends",
  extent: [-180, -90, 180, 90],
  extents: {
    'EPSG:3857': [-20037508.342789244, -20048966.1, 20037508.342789244, 20048966.1],
    'EPSG:4326': [-180, -90, 180, 90],
    'CRS:84': [-180, -90, 180, 90],
  },
  background: '#aaccee',
  crs: ['EPSG:3857', 'EPSG:4326', 'CRS:84'],
  layers: [
    {
      name: 'Lakes',
      title: 'Lakes',
      abstract: '',
      queryable: true,
      extent: [0.0006, -0.0018, 0.0031, -0.0001],
      styles: [
        { name: 'default', title: 'Blue' },
        { name: 'night', title: 'At night' },
      ],
    },
    {
      name: 'Road Segments',
      title: 'Roads',
      abstract: 'Roads & paths',
      queryable: true,
      extent: [-0.0042, -0.0024, 0.0042, 0.0024],
      minScaleDenominator: 1000,
      maxScaleDenominator: 50000,
      styles: [{ name: 'default', title: 'Default' }],
    },
    {
      name: 'Terrain',
      title: 'Terrain',
      abstract: '',
      queryable: false,
      extent: [-0.0042, -0.0024, 0.0042, 0.0024],
      maxScaleDenominator: 2e6,
      styles: [{ name: 'default', title: 'Default' }],
    },
  ],
};

const METRES_PER_DEGREE = 111319.49079327358;

const CRSS: readonly Crs[] = [
  crs('EPSG:3857', 'WGS 84 / Pseudo-Mercator', 'xy', 1),
  crs('EPSG:4326', 'WGS 84', 'yx', METRES_PER_DEGREE),
  crs('CRS:84', 'WGS 84 (longitude, latitude)', 'xy', METRES_PER_DEGREE),
  crs('EPSG:31467', 'DHDN / 3-degree Gauss-Kruger zone 3', 'yx', 1),
];

function crs(code: string, name: string, axisOrder: 'xy' | 'yx', metresPerUnit: number): Crs {
  return { code, name, axisOrder, metresPerUnit, areaOfUse: [-180, -90, 180, 90] };
}

/** The few CRSs of the tests, in plain and URN spelling. */
export const catalogue: CrsCatalogue = {
  lookup: (text) =>
    CRSS.find(
      ({ code }) =>
        code.toLowerCase() === text.toLowerCase() ||
        `urn:ogc:def:crs:${code.replace(':', '::')}`.toLowerCase() === text.toLowerCase(),
    ),
};

export const limits: OgcLimits = ogcConfig.parse({}).limits;

export const service: ServiceMetadata = ogcConfig.parse({
  service: {
    contactPerson: 'Ada',
    contactOrganization: 'Maps & more',
    contactEmail: 'ada@example.org',
  },
}).service;

export const context: ServiceContext = {
  project: (id) => (id === '' || id === lakes.id ? lakes : undefined),
  crs: catalogue,
  limits,
};
