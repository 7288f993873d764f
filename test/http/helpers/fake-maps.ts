import type {
  FeaturesAnswer,
  ImageAnswer,
  MapService,
  RequestContext,
} from '../../../src/maps/map-service.ts';
import type { Crs, CrsCatalogue } from '../../../src/ogc/crs.ts';
import type { FeatureInfoQuery, LegendQuery, MapView } from '../../../src/ogc/map-request.ts';
import type { ProjectDescription } from '../../../src/ogc/project-description.ts';

const MERCATOR_EDGE = 20037508.342789244;

export function project(id: string, changes: Partial<ProjectDescription> = {}): ProjectDescription {
  const style = { name: 'default', title: 'Default' };
  const layer = (name: string, queryable: boolean) => ({
    name,
    title: `Layer ${name}`,
    abstract: '',
    queryable,
    extent: [-180, -90, 180, 90] as const,
    styles: [style],
  });
  return {
    id,
    hash: 'a'.repeat(64),
    engine: 'mapnik',
    title: `Project ${id}`,
    abstract: 'For tests',
    keywords: ['test'],
    attribution: '',
    extent: [-180, -85, 180, 85],
    extents: {
      'EPSG:3857': [-MERCATOR_EDGE, -MERCATOR_EDGE, MERCATOR_EDGE, MERCATOR_EDGE],
      'EPSG:4326': [-180, -85, 180, 85],
      'CRS:84': [-180, -85, 180, 85],
    },
    background: '#a0c0e0',
    crs: ['EPSG:3857', 'EPSG:4326', 'CRS:84'],
    layers: [layer('land', false), layer('countries', true)],
    ...changes,
  };
}

const degree = 111_319.490793;
const KNOWN_CRS: readonly Crs[] = [
  {
    code: 'EPSG:3857',
    name: 'Web Mercator',
    axisOrder: 'xy',
    metresPerUnit: 1,
    areaOfUse: [-180, -85.06, 180, 85.06],
  },
  {
    code: 'EPSG:4326',
    name: 'WGS 84',
    axisOrder: 'yx',
    metresPerUnit: degree,
    areaOfUse: [-180, -90, 180, 90],
  },
  { code: 'CRS:84', name: 'WGS 84', axisOrder: 'xy', metresPerUnit: degree, areaOfUse: [-180, -90, 180, 90] },
];

export const crsCatalogue: CrsCatalogue = {
  lookup: (text) => KNOWN_CRS.find((crs) => crs.code === text.toUpperCase()),
};

/** Answers with the same bytes for everything, and keeps what it was asked. */
export class FakeMaps implements MapService {
  served: ProjectDescription[] = [project('world'), project('town')];
  readonly views: MapView[] = [];
  readonly legends: LegendQuery[] = [];
  readonly queries: FeatureInfoQuery[] = [];
  answer: ImageAnswer = {
    peer: '12D3KooWTest',
    peerName: 'räum-7',
    cache: 'miss',
    timing: { bid: 1.5, forward: 2, render: 40.25 },
    reason: 'lowest of 3 bids: 42 ms',
    body: Buffer.from('not really an image, but nobody looks'),
    contentType: 'image/png',
    etag: '"0123456789abcdef"',
  };
  /** Instead of an answer, when set. */
  draw: ((view: MapView, context: RequestContext) => Promise<ImageAnswer>) | undefined;

  projects(): ProjectDescription[] {
    return this.served;
  }

  project(id: string): ProjectDescription | undefined {
    return this.served.find((description) => description.id === id);
  }

  defaultProject(): ProjectDescription | undefined {
    return this.served[0];
  }

  /** What happens while somebody waits for a project that is not there. */
  arrival: (id: string) => void = () => {};

  async awaitProject(id: string): Promise<void> {
    this.arrival(id);
  }

  async image(view: MapView, context: RequestContext): Promise<ImageAnswer> {
    this.views.push(view);
    return this.draw ? await this.draw(view, context) : this.answer;
  }

  async featureInfo(query: FeatureInfoQuery): Promise<FeaturesAnswer> {
    this.queries.push(query);
    const { peer, peerName, cache, timing, reason } = this.answer;
    const features = [{ layer: 'countries', id: '7', properties: { name: '<Österreich>', population: 9 } }];
    return { peer, peerName, cache, timing, reason, features };
  }

  async legend(query: LegendQuery): Promise<ImageAnswer> {
    this.legends.push(query);
    return this.answer;
  }
}
