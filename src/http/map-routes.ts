import {
  defaultReporting,
  type ExceptionDialect,
  type ExceptionReporting,
  withReporting,
} from '../ogc/exceptions.ts';
import { writeFeatureInfo } from '../ogc/feature-info.ts';
import type { InfoFormat } from '../ogc/info-format.ts';
import type { FeatureInfoQuery } from '../ogc/map-request.ts';
import { type Parameters, readParameters } from '../ogc/parameters.ts';
import type { ProcessLimits } from '../ogc/processes/limits.ts';
import type { OgcLimits, ServiceContext, ServiceMetadata } from '../ogc/service.ts';
import { writeWmsCapabilities } from '../ogc/wms-capabilities.ts';
import { readWmsRequest } from '../ogc/wms-request.ts';
import { writeWmtsCapabilities } from '../ogc/wmts-capabilities.ts';
import { readWmtsPath, readWmtsRequest, type WmtsRequest } from '../ogc/wmts-request.ts';
import { readXmlRequest } from '../ogc/xml-request.ts';
import { readXyzPath } from '../ogc/xyz.ts';
import type { Clock } from '../platform/clock.ts';
import type { Call } from './call.ts';
import { reported, unsupportedBody } from './exception-replies.ts';
import type { FrontDoorContext } from './front-door-context.ts';
import { capabilitiesReply, MapAnswers } from './map-answers.ts';
import type { FrontDoorOptions } from './options.ts';
import { queryPairs } from './query-pairs.ts';
import { type Premise, RememberedRequests, type UnderstoodRequest } from './remembered-requests.ts';
import type { Reply } from './reply.ts';

/** What the map services are and may do, beside the maps themselves. */
export interface OgcSettings {
  readonly limits: OgcLimits;
  readonly processes: ProcessLimits;
  readonly service: ServiceMetadata;
}

/** The map services over HTTP: what `ogc` reads goes to `maps`, what that finds goes back as `ogc` writes it. */
export class MapRoutes {
  readonly #context: FrontDoorContext;
  readonly #settings: OgcSettings;
  readonly #clock: Clock;
  readonly #answers: MapAnswers;
  readonly #remembered: RememberedRequests;

  constructor(parts: {
    context: FrontDoorContext;
    ogc: OgcSettings;
    options: FrontDoorOptions;
    clock: Clock;
  }) {
    this.#context = parts.context;
    this.#settings = parts.ogc;
    this.#clock = parts.clock;
    this.#answers = new MapAnswers(parts.options);
    this.#remembered = new RememberedRequests(parts.options, (id) => this.#project(id));
  }

  /** `/wms` and `/wms/<project>`. */
  async wms(call: Call): Promise<Reply> {
    const remembered = this.#recall(call);
    if (remembered) return await this.#draw(call, remembered);

    const notes = new ProjectNotes((id) => this.#project(id));
    const parameters = await this.#parameters(call, 'wms-1.3.0');
    const request = await this.#understood(call, notes, (service) =>
      readWmsRequest(parameters, call.parameter('project'), service),
    );
    switch (request.kind) {
      case 'GetMap':
        this.#remember(call, request, notes);
        return await this.#draw(call, request);
      case 'GetFeatureInfo':
        return await this.#queryFeatures(call, request);
      case 'GetLegendGraphic': {
        const answer = await reported(request.reporting, () =>
          this.#context.maps.legend(request.query, call),
        );
        return this.#answers.image(answer, this.#elapsedMs(call));
      }
      case 'GetCapabilities': {
        const { version, project } = request;
        const url = `${call.baseUrl}/wms/${project.id}`;
        const { crs } = this.#context;
        return capabilitiesReply(writeWmsCapabilities({ version, project, url, crs, ...this.#settings }));
      }
    }
  }

  /** `/wmts` and `/wmts/<project>` with key-value pairs. */
  async wmts(call: Call): Promise<Reply> {
    const remembered = this.#recall(call);
    if (remembered) return await this.#draw(call, remembered);

    const parameters = await this.#parameters(call, 'ows-1.1');
    return await this.#wmts(call, (service) =>
      readWmtsRequest(parameters, call.parameter('project'), service),
    );
  }

  /** `/wmts/...` as resources. */
  async wmtsResource(call: Call): Promise<Reply> {
    const remembered = this.#recall(call);
    if (remembered) return await this.#draw(call, remembered);

    return await this.#wmts(call, (service) => readWmtsPath(pathAfter(call, '/wmts/'), service));
  }

  /** `/tiles/<project>/{z}/{x}/{y}.png`. */
  async tile(call: Call): Promise<Reply> {
    const remembered = this.#recall(call);
    if (remembered) return await this.#draw(call, remembered);

    const notes = new ProjectNotes((id) => this.#project(id));
    const view = await this.#understood(call, notes, (service) =>
      readXyzPath(pathAfter(call, '/tiles/'), service),
    );
    const request = { view, reporting: defaultReporting('plain') };
    this.#remember(call, request, notes);
    return await this.#draw(call, request);
  }

  async #wmts(call: Call, read: (service: ServiceContext) => WmtsRequest): Promise<Reply> {
    const notes = new ProjectNotes((id) => this.#project(id));
    const request = await this.#understood(call, notes, read);
    switch (request.kind) {
      case 'GetTile':
        this.#remember(call, request, notes);
        return await this.#draw(call, request);
      case 'GetFeatureInfo':
        return await this.#queryFeatures(call, request);
      case 'GetCapabilities': {
        const { project, sections } = request;
        const url = `${call.baseUrl}/wmts/${project.id}`;
        return capabilitiesReply(writeWmtsCapabilities({ project, sections, url, ...this.#settings }));
      }
    }
  }

  async #draw(call: Call, { view, reporting }: UnderstoodRequest): Promise<Reply> {
    const answer = await reported(reporting, () => this.#context.maps.image(view, call));
    return this.#answers.image(answer, this.#elapsedMs(call));
  }

  async #queryFeatures(
    call: Call,
    request: { query: FeatureInfoQuery; infoFormat: InfoFormat; reporting: ExceptionReporting },
  ): Promise<Reply> {
    const { query, infoFormat, reporting } = request;
    const answer = await reported(reporting, () => this.#context.maps.featureInfo(query, call));
    const document = writeFeatureInfo(answer.features, infoFormat, query, this.#context.crs);
    return this.#answers.features(answer, document, this.#elapsedMs(call));
  }

  /** Of the URL, and of the body when one was sent; the URL's come first, and so count. */
  async #parameters(call: Call, dialect: ExceptionDialect): Promise<Parameters> {
    const body = call.method === 'POST' ? await call.body() : undefined;
    return withReporting(defaultReporting(dialect), () => {
      const posted = body === undefined ? [] : this.#postedPairs(call, body);
      return readParameters([...queryPairs(call.query), ...posted], this.#settings.limits);
    });
  }

  #postedPairs(call: Call, body: string): [string, string][] {
    const contentType = call.header('content-type') ?? '';
    if (/^(?:application|text)\/(?:[\w.+-]+\+)?xml\b/i.test(contentType) || /^\s*</.test(body)) {
      return readXmlRequest(body, this.#settings.limits);
    }
    if (/^application\/x-www-form-urlencoded\b/i.test(contentType) || contentType === '') {
      return [...new URLSearchParams(body)];
    }
    throw unsupportedBody(contentType);
  }

  #recall(call: Call): UnderstoodRequest | undefined {
    return call.method === 'POST' ? undefined : this.#remembered.get(call.request.url);
  }

  #remember(call: Call, request: UnderstoodRequest, notes: ProjectNotes): void {
    if (call.method !== 'POST' && notes.premise) {
      this.#remembered.set(call.request.url, request, notes.premise);
    }
  }

  /** What `read` makes of the request; a project that it does not find is waited for while this peer is new. */
  async #understood<T>(call: Call, notes: ProjectNotes, read: (service: ServiceContext) => T): Promise<T> {
    try {
      return read(this.#service(notes));
    } catch (error) {
      if (notes.missing === undefined) throw error;
      await this.#context.maps.awaitProject(notes.missing, call);
      return read(this.#service(notes));
    }
  }

  #service(notes: ProjectNotes): ServiceContext {
    return { project: notes.lookup, crs: this.#context.crs, limits: this.#settings.limits };
  }

  #project(id: string) {
    const { maps } = this.#context;
    return id === '' ? maps.defaultProject() : maps.project(id);
  }

  #elapsedMs(call: Call): number {
    return this.#clock.now() - call.startedMs;
  }
}

/** Looks projects up for the readers and notes which one a request was understood with. */
class ProjectNotes {
  premise: Premise | undefined;
  /** The id that was asked for last, when there is no such project. */
  missing: string | undefined;
  readonly lookup: ServiceContext['project'];

  constructor(project: ServiceContext['project']) {
    this.lookup = (id) => {
      const found = project(id);
      this.missing = found ? undefined : id;
      this.premise = found && { asked: id, id: found.id, hash: found.hash };
      return found;
    };
  }
}

function pathAfter(call: Call, prefix: string): string {
  return call.path.slice(prefix.length);
}
