/** The names on the map, sized by what they name; `labels.js` gives them their room. */

import { areaLabel, placeLabels, pointLabel } from './labels.js';
import { capitals, lakes, seas, subunitNames } from './names.js';

/**
 * `described`: attributes of countries by key; `atlases`: countries with polygons, the most detailed last;
 * `areas`: states and provinces. Returns rows for each table of names, the most important first.
 */
export function placeNames(described, atlases, areas) {
  const towns = labelCapitals(described);
  const countries = labelCountries(described, atlases, towns);
  const oceans = seas.map((sea) => pointLabel(sea, (zoom) => seaSize(sea.wantedZoom, zoom)));
  const subunits = labelSubunits(areas);
  const inland = lakes.map((lake) => pointLabel(lake, (zoom) => seaSize(lake.wantedZoom, zoom)));
  const placed = placeLabels([...countries, ...oceans, ...towns, ...subunits, ...inland]);
  const rowsOf = (labels) => labels.map((label) => placed.get(label)).filter((row) => row !== undefined);
  return {
    countries: rowsOf(countries),
    waters: rowsOf([...oceans, ...inland]),
    capitals: rowsOf(towns),
    subunits: rowsOf(subunits),
  };
}

/** From coarser shapes where they have the country: the clearest spot is the same, and found sooner. */
function labelCountries(described, atlases, towns) {
  const shapes = new Map();
  for (const { countries } of atlases.slice(1).toReversed()) {
    for (const { key, polygons } of countries) shapes.set(key, polygons);
  }
  return [...described]
    .map(([key, { name, iso_a3 }]) => {
      const avoid = towns.find((town) => town.iso_a3 === iso_a3);
      return areaLabel({ name, polygons: shapes.get(key), avoid }, countrySize);
    })
    .sort((a, b) => b.weight - a.weight);
}

/** Small islands get their name at last even where it is wider than they are. */
function countrySize(extent, zoom) {
  const needed = [0, 34, 30, 26, 24, 16, 6, 0, 0][zoom];
  if (extent < needed) return 0;
  const size = 10 + [50, 90, 150, 260, 420, 700].filter((pixels) => extent >= pixels).length;
  return Math.min(size, 10 + zoom);
}

function seaSize(wantedZoom, zoom) {
  if (zoom < wantedZoom) return 0;
  const first = wantedZoom < 3 ? 11 : 10;
  return Math.min(first + (zoom - wantedZoom) * (wantedZoom < 3 ? 2 : 1), wantedZoom < 3 ? 18 : 15);
}

function labelCapitals(described) {
  const byCode = new Map([...described.values()].map((country) => [country.iso_a3, country]));
  return capitals.map(({ name, country, position }, index) => {
    const sizeAt = (zoom) => (zoom < (index < 40 ? 4 : 5) ? 0 : [10, 10, 11, 12, 13][zoom - 4]);
    const of = byCode.get(country);
    if (of === undefined) throw new Error(`${name}: there is no country ${country}`);
    return pointLabel({ name, position, country: of.full_name, iso_a3: country }, sizeAt, 'beside');
  });
}

function labelSubunits(areas) {
  return areas
    .filter(({ key }) => subunitNames.has(key))
    .map(({ key, polygons }) => areaLabel({ name: subunitNames.get(key), polygons, caps: true }, subunitSize))
    .sort((a, b) => b.weight - a.weight);
}

function subunitSize(extent, zoom) {
  if (zoom < 4 || extent < [0, 0, 0, 0, 60, 44, 30, 0, 0][zoom]) return 0;
  return [9, 9, 10, 11, 12][zoom - 4];
}
