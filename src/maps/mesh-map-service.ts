import { GismeshError } from '../core/errors.ts';
import type { FeatureInfoQuery, LegendQuery, MapView } from '../ogc/map-request.ts';
import type { ProjectDescription } from '../ogc/project-description.ts';
import type { PackCache } from './cache.ts';
import { contentTypeOf, type Drawing, drawingKey } from './drawing.ts';
import type { FeaturesAnswer, ImageAnswer, MapService, Provenance, RequestContext } from './map-service.ts';
import type { MeshProjects, ServedProject } from './mesh-projects.ts';
import { readFeatures } from './part-check.ts';
import { entityTag, type PartPack } from './part-pack.ts';
import { type PlannedImage, type PlannerOptions, planFeatureInfo, planImage, planLegend } from './planner.ts';
import type { PartAnswer, RequestFlights } from './request-flights.ts';

/** Told of every answer, for counters and the page. */
export type OnAnswer = (answer: Provenance, project: string) => void;

/** The front door's maps: cache, then whatever the mesh does. */
export class MeshMapService implements MapService {
  readonly #projects: MeshProjects;
  readonly #cache: PackCache;
  readonly #requests: RequestFlights;
  readonly #planner: PlannerOptions;
  readonly #onAnswer: OnAnswer;
  /** The front door keeps the views of frequent requests; what they mean is worked out once per project version. */
  readonly #plans = new WeakMap<MapView, { project: ServedProject; plan: PlannedImage }>();
  /** One answer object per cached part, so that the front door can keep its headers with it. */
  readonly #hits = new WeakMap<PartPack, ImageAnswer[]>();

  constructor(parts: {
    projects: MeshProjects;
    cache: PackCache;
    requests: RequestFlights;
    planner: PlannerOptions;
    onAnswer: OnAnswer;
  }) {
    this.#projects = parts.projects;
    this.#cache = parts.cache;
    this.#requests = parts.requests;
    this.#planner = parts.planner;
    this.#onAnswer = parts.onAnswer;
  }

  projects(): ProjectDescription[] {
    return this.#projects.list().map((served) => served.description);
  }

  project(id: string): ProjectDescription | undefined {
    return this.#projects.get(id)?.description;
  }

  defaultProject(): ProjectDescription | undefined {
    return this.#projects.default()?.description;
  }

  async awaitProject(id: string, { signal }: RequestContext): Promise<void> {
    await this.#projects.awaitProject(id, signal);
  }

  async image(view: MapView, context: RequestContext): Promise<ImageAnswer> {
    const served = this.#projects.get(view.project) ?? (await this.#arrived(view.project, context));
    const { drawing, part } = this.#plan(view, served);
    return await this.#image(drawing, part, served, context);
  }

  async legend(query: LegendQuery, context: RequestContext): Promise<ImageAnswer> {
    const served = this.#projects.get(query.project) ?? (await this.#arrived(query.project, context));
    return await this.#image(planLegend(query, served.description, served.engine), 0, served, context);
  }

  async featureInfo(query: FeatureInfoQuery, context: RequestContext): Promise<FeaturesAnswer> {
    const { project } = query.view;
    const served = this.#projects.get(project) ?? (await this.#arrived(project, context));
    const drawing = planFeatureInfo(query, served.description, served.engine);
    const answer = await this.#requests.part(drawing, 0, context);
    const features = readFeatures(answer.part);
    const provenance = provenanceOf(answer);
    this.#onAnswer(provenance, served.description.id);
    return { ...provenance, features };
  }

  async #image(
    drawing: Drawing,
    part: number,
    served: ServedProject,
    context: RequestContext,
  ): Promise<ImageAnswer> {
    const cached = this.#cache.peek(drawingKey(drawing));
    const answer = cached ? this.#hit(cached, part) : await this.#drawn(drawing, part, context);
    this.#onAnswer(answer, served.description.id);
    return answer;
  }

  async #drawn(drawing: Drawing, index: number, context: RequestContext): Promise<ImageAnswer> {
    const answer = await this.#requests.part(drawing, index, context);
    const { part } = answer;
    return {
      ...provenanceOf(answer),
      body: part,
      contentType: contentTypeOf(drawing),
      etag: entityTag(part),
    };
  }

  #hit(pack: PartPack, index: number): ImageAnswer {
    const answers = this.#hits.get(pack) ?? [];
    this.#hits.set(pack, answers);
    answers[index] ??= hitAnswer(pack, index);
    return answers[index];
  }

  #plan(view: MapView, served: ServedProject): PlannedImage {
    const known = this.#plans.get(view);
    if (known?.project === served) return known.plan;
    const plan = planImage(view, served.description, served.engine, this.#planner);
    this.#plans.set(view, { project: served, plan });
    return plan;
  }

  async #arrived(id: string, context: RequestContext): Promise<ServedProject> {
    await this.awaitProject(id, context);
    const served = this.#projects.get(id);
    if (!served) {
      throw new GismeshError(
        'PROJECT_UNKNOWN',
        `No peer that is here now serves a project ${JSON.stringify(id)}`,
      );
    }
    return served;
  }
}

function hitAnswer(pack: PartPack, index: number): ImageAnswer {
  const body = pack.parts[index];
  if (!body) throw new GismeshError('INTERNAL', `A cached drawing lacks its part ${index}`);
  return {
    peer: pack.drawnBy,
    peerName: pack.drawnByName,
    cache: 'hit',
    timing: {},
    reason: 'from the cache of this peer',
    body,
    contentType: pack.contentType,
    etag: entityTag(body),
  };
}

function provenanceOf({ drawnBy, journey }: PartAnswer): Provenance {
  const { cache, reason } = journey;
  return {
    peer: drawnBy.peer,
    peerName: drawnBy.name,
    cache,
    timing: journey.timing,
    reason,
  };
}
