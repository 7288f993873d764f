import type { Operation } from './operation.ts';

/** Loads the code of every process in `descriptions.ts`: each with the libraries that it needs, and no others. */
export const operations: Readonly<Record<string, () => Promise<Operation>>> = {
  echo: async () => (await import('./operations/echo.ts')).echo,
  buffer: async () => (await import('./operations/buffer.ts')).buffer,
  simplify: async () => (await import('./operations/simplify.ts')).simplify,
  intersection: async () => (await import('./operations/intersection.ts')).intersect,
  dissolve: async () => (await import('./operations/dissolve.ts')).dissolve,
  centroid: async () => (await import('./operations/centroid.ts')).centroid,
  'convex-hull': async () => (await import('./operations/convex-hull.ts')).convexHull,
  voronoi: async () => (await import('./operations/voronoi.ts')).voronoi,
  reproject: async () => (await import('./operations/reproject.ts')).reproject,
  'zonal-statistics': async () => (await import('./operations/zonal-statistics.ts')).zonalStatistics,
  'random-points': async () => (await import('./operations/random-points.ts')).randomPoints,
};
