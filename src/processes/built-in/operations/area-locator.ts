import IndexedPointInAreaLocator from 'jsts/org/locationtech/jts/algorithm/locate/IndexedPointInAreaLocator.js';
import Location from 'jsts/org/locationtech/jts/geom/Location.js';
import { coordinate, type Shape } from '../shapes.ts';

/** Whether points lie in a polygon, or on its boundary: many points against one, in logarithmic time. */
export class AreaLocator {
  readonly #locator: IndexedPointInAreaLocator;

  /** @param area a polygon or multipolygon */
  constructor(area: Shape) {
    this.#locator = new IndexedPointInAreaLocator(area);
  }

  covers(x: number, y: number): boolean {
    return this.#locator.locate(coordinate(x, y)) !== Location.EXTERIOR;
  }
}
