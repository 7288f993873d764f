import ArrayList from 'jsts/java/util/ArrayList.js';
import Coordinate from 'jsts/org/locationtech/jts/geom/Coordinate.js';
import type Geometry from 'jsts/org/locationtech/jts/geom/Geometry.js';
import GeometryFactory from 'jsts/org/locationtech/jts/geom/GeometryFactory.js';
import STRtree from 'jsts/org/locationtech/jts/index/strtree/STRtree.js';
import GeoJSONReader from 'jsts/org/locationtech/jts/io/GeoJSONReader.js';
import GeoJSONWriter from 'jsts/org/locationtech/jts/io/GeoJSONWriter.js';
import BufferOp from 'jsts/org/locationtech/jts/operation/buffer/BufferOp.js';
import OverlayOp from 'jsts/org/locationtech/jts/operation/overlay/OverlayOp.js';
import SnapIfNeededOverlayOp from 'jsts/org/locationtech/jts/operation/overlay/snap/SnapIfNeededOverlayOp.js';
import UnaryUnionOp from 'jsts/org/locationtech/jts/operation/union/UnaryUnionOp.js';
import IsValidOp from 'jsts/org/locationtech/jts/operation/valid/IsValidOp.js';
import { ProcessError } from '../../ogc/processes/problem.ts';
import type { GeoJsonGeometry } from './feature-layer.ts';

/*
 * The one place that turns GeoJSON into shapes of JSTS (the Java Topology Suite in JavaScript) and back. Its overlays
 * want shapes without collections in them, and valid polygons.
 */

export type Shape = Geometry;

const factory = new GeometryFactory();
const reader = new GeoJSONReader(factory);
const writer = new GeoJSONWriter();

export function shapeOf(geometry: GeoJsonGeometry): Shape {
  return reader.read(geometry) as Shape;
}

export function geometryOf(shape: Shape): GeoJsonGeometry {
  return writer.write(shape) as GeoJsonGeometry;
}

export function isEmpty(shape: Shape): boolean {
  return (shape as unknown as { isEmpty(): boolean }).isEmpty();
}

/** 0 points, 1 lines, 2 polygons. */
export function dimensionOf(shape: Shape): number {
  return (shape as unknown as { getDimension(): number }).getDimension();
}

export function verticesOf(shape: Shape): { readonly x: number; readonly y: number }[] {
  return (shape as unknown as { getCoordinates(): { x: number; y: number }[] }).getCoordinates();
}

/** A shape that overlays can take: polygons that cross themselves are put right, as a buffer of 0 does it. */
export function valid(shape: Shape): Shape {
  if (dimensionOf(shape) < 2 || new IsValidOp(shape).isValid()) return shape;
  return BufferOp.bufferOp(shape, 0) as Shape;
}

export function intersection(a: Shape, b: Shape): Shape {
  return attempt('Shapes cannot be intersected', () =>
    SnapIfNeededOverlayOp.overlayOp(a, b, OverlayOp.INTERSECTION),
  );
}

export function union(shapes: readonly Shape[]): Shape {
  const all = factory.createGeometryCollection([...shapes]);
  return attempt('Shapes cannot be merged', () => UnaryUnionOp.union(all) as Shape);
}

/** The parts of at least the dimension: what is left of polygons where they merely touch is no polygon. */
export function partsOf(shape: Shape, dimension: number): Shape[] {
  const parts: Shape[] = [];
  for (let index = 0; index < shape.getNumGeometries(); index += 1) {
    const part = shape.getGeometryN(index);
    if (part.getNumGeometries() > 1) parts.push(...partsOf(part, dimension));
    else if (!isEmpty(part) && dimensionOf(part) >= dimension) parts.push(part);
  }
  return parts;
}

/** One shape of several of a kind. */
export function collected(parts: readonly Shape[]): Shape {
  const list = new ArrayList([]);
  for (const part of parts) list.add(part);
  return factory.buildGeometry(list) as Shape;
}

export function coordinate(x: number, y: number): Coordinate {
  return new Coordinate(x, y);
}

/** Finds what may touch a shape without looking at all of them. */
export class ShapeIndex<T extends { readonly shape: Shape }> {
  readonly #tree = new STRtree();
  readonly #size: number;

  constructor(items: readonly T[]) {
    this.#size = items.length;
    for (const item of items) this.#tree.insert(item.shape.getEnvelopeInternal(), item);
  }

  /** In no particular order. */
  near(shape: Shape): T[] {
    if (this.#size === 0) return [];
    return this.#tree.query(shape.getEnvelopeInternal()).toArray() as T[];
  }
}

/** JSTS throws its own exceptions, which say where in the plane it failed. */
function attempt(what: string, compute: () => Shape): Shape {
  try {
    return compute();
  } catch (cause) {
    const reason = String((cause as { message?: unknown }).message ?? cause);
    throw new ProcessError('job-failed', `${what}: ${reason}`, '', { cause });
  }
}
