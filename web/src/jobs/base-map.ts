import type BaseLayer from 'ol/layer/Base.js';
import TileLayer from 'ol/layer/Tile.js';
import XYZ from 'ol/source/XYZ.js';
import type { ProjectDescription } from '../../../src/ogc/project-description.ts';
import { base } from './api.ts';

/** A map of this mesh to look at results on: the world, else the first there is; none where none is served. */
export async function baseLayer(): Promise<BaseLayer | undefined> {
  const response = await fetch(new URL('api/projects', base));
  if (!response.ok) return undefined;
  const projects = (await response.json()) as ProjectDescription[];
  const project = projects.find(({ id }) => id === 'world') ?? projects[0];
  if (!project) return undefined;
  const address = new URL(`tiles/${encodeURIComponent(project.id)}/`, base).href;
  return new TileLayer({
    source: new XYZ({
      url: `${address}{z}/{x}/{y}.png`,
      maxZoom: 19,
      attributions: project.attribution || undefined,
    }),
  });
}
