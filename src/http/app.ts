import { Hono } from 'hono';
import { ApiRoutes, ControlRoutes } from './api-routes.ts';
import { ArtifactRoutes } from './artifact-routes.ts';
import type { FrontDoorEnv } from './call.ts';
import {
  type EndpointDescription,
  type EndpointHandler,
  type EndpointTools,
  endpoint,
  handlerOf,
} from './endpoint.ts';
import type { EventStreams } from './event-streams.ts';
import { failureReply } from './failures.ts';
import type { FrontDoorContext, JobsContext } from './front-door-context.ts';
import { artifactFacts } from './job-answers.ts';
import type { JobNews } from './job-report.ts';
import { JobRoutes } from './job-routes.ts';
import { JobPages } from './jobs-page.ts';
import type { MapDoors } from './map-doors.ts';
import type { OgcSettings } from './map-routes.ts';
import type { NodeEvent } from './node-event.ts';
import { OgcApiRoutes } from './ogcapi-routes.ts';
import type { Page } from './page.ts';
import { pageReply } from './page-routes.ts';
import { type JobRouteParts, WpsRoutes } from './wps-routes.ts';

export interface AppParts extends EndpointTools {
  readonly context: FrontDoorContext;
  readonly ogc: OgcSettings;
  readonly maps: MapDoors;
  readonly events: EventStreams<NodeEvent>;
  /** Where jobs are served. */
  readonly jobEvents?: EventStreams<JobNews>;
  /** The built page; undefined when it was not built. */
  readonly page: () => Page | undefined;
}

/** Every route of the front door. */
export function createApp(parts: AppParts): Hono<FrontDoorEnv> {
  const app = new Hono<FrontDoorEnv>({ strict: false });
  const at = (path: string, description: EndpointDescription, handle: EndpointHandler) =>
    app.all(path, endpoint(parts, description, handle));

  const { wms, wmts, wmtsResource, tiles } = parts.maps;
  app.all('/wms', handlerOf(parts, wms));
  app.all('/wms/:project', handlerOf(parts, wms));
  app.all('/wmts', handlerOf(parts, wmts));
  app.all('/wmts/:project', handlerOf(parts, wmts));
  app.all('/wmts/*', handlerOf(parts, wmtsResource));
  app.all('/tiles/*', handlerOf(parts, tiles));

  const { jobs } = parts.context;
  const { jobEvents } = parts;
  if (jobs && jobEvents) addJobs(at, { ...parts, jobs, jobEvents });

  const api = new ApiRoutes(parts.context, parts.events);
  at('/api/status', reading('api_status'), () => api.status());
  at('/api/peers', reading('api_peers'), () => api.peers());
  at('/api/projects', reading('api_projects'), () => api.projects());
  at('/api/events', reading('api_events'), (call) => api.events(call));

  const control = new ControlRoutes(parts.context);
  at(
    '/api/stop',
    controlling('api_stop', ['POST']),
    control.guarded(() => control.stop()),
  );
  at(
    '/api/invitation',
    controlling('api_invitation', ['GET', 'POST']),
    control.guarded(() => control.invitation()),
  );
  at(
    '/api/join',
    controlling('api_join', ['POST']),
    control.guarded((call) => control.join(call)),
  );

  at(
    '/api/drain',
    controlling('api_drain', ['POST']),
    control.guarded((call) => control.drain(call)),
  );
  at(
    '/api/resume',
    controlling('api_resume', ['POST']),
    control.guarded(() => control.resume()),
  );

  at('/healthz', operating('healthz'), () => api.healthz());
  at('/readyz', operating('readyz'), () => api.readyz());
  at('/metrics', operating('metrics'), () => api.metrics());
  at('/*', operating('page'), (call) => pageReply(call, parts.page()));

  app.onError((error) => {
    const { status, headers, body } = failureReply(error, parts);
    return new Response(body as string, { status, headers });
  });
  return app;
}

/** Media types are what the jobs say that the artifacts belong to. */
function artifactRoutes(jobs: JobsContext): ArtifactRoutes {
  return new ArtifactRoutes({
    artifacts: { open: (id, hints, signal) => jobs.service().outputs.open(id, hints, signal) },
    factsOf: (id, name) => artifactFacts(jobs.service(), id, name),
  });
}

type Mount = (path: string, description: EndpointDescription, handle: EndpointHandler) => void;

/** Geoprocessing in three languages, on one core. */
function addJobs(
  at: Mount,
  parts: JobRouteParts & Pick<AppParts, 'page'> & { readonly jobEvents: EventStreams<JobNews> },
): void {
  const wps = new WpsRoutes(parts);
  const described = (route: string, methods: EndpointDescription['methods']) =>
    ({ route, methods, pages: 'allowed' }) as const;
  const ofWps = (route: string, methods: EndpointDescription['methods']): EndpointDescription => ({
    ...described(route, methods),
    fail: (error) => wps.problem(error),
  });
  at('/wps', ofWps('wps', ['GET', 'POST']), (call) => wps.wps(call));
  at('/jobs/:job/status', ofWps('wps_status', ['GET']), (call) => wps.status(call));

  const api = new OgcApiRoutes(parts);
  const ofApi = (route: string, methods: EndpointDescription['methods'] = ['GET']): EndpointDescription => ({
    ...described(route, methods),
    fail: (error, call) => api.problem(error, call),
  });
  at('/ogcapi', ofApi('ogcapi'), (call) => api.landing(call));
  at('/ogcapi/api', ofApi('ogcapi'), (call) => api.openApi(call));
  at('/ogcapi/conformance', ofApi('ogcapi'), (call) => api.conformance(call));
  at('/ogcapi/processes', ofApi('ogcapi'), (call) => api.processes(call));
  at('/ogcapi/processes/:process', ofApi('ogcapi'), (call) => api.process(call));
  at('/ogcapi/processes/:process/execution', ofApi('ogcapi_execution', ['POST']), (call) =>
    api.execute(call),
  );
  at('/ogcapi/jobs', ofApi('ogcapi'), (call) => api.jobs(call));
  at('/ogcapi/jobs/:job', ofApi('ogcapi_job', ['GET', 'DELETE']), (call) => api.job(call));
  at('/ogcapi/jobs/:job/results', ofApi('ogcapi_results'), (call) => api.results(call));
  at('/ogcapi/*', ofApi('ogcapi', ['GET', 'POST', 'DELETE']), (call) => api.nothing(call));

  const jobs = new JobRoutes(parts);
  // For this front door's own page and for programs: pages of other sites get none of it.
  const ofPage = (route: string, methods: EndpointDescription['methods'] = ['GET']): EndpointDescription => ({
    ...ofApi(route, methods),
    pages: 'own',
  });
  at('/api/jobs', ofPage('api_jobs'), (call) => jobs.list(call));
  at('/api/jobs/events', ofPage('api_jobs_events'), (call) => jobs.events(call));
  at('/api/jobs/:job', ofPage('api_job', ['GET', 'DELETE']), (call) => jobs.job(call));
  at('/api/jobs/:job/request', ofPage('api_job_request'), (call) => jobs.request(call));
  at('/api/jobs/:job/log', ofPage('api_job_log'), (call) => jobs.log(call));
  at('/api/jobs/:job/events', ofPage('api_job_events'), (call) => jobs.jobEvents(call));
  const pages = new JobPages(parts);
  at('/jobs', operating('jobs_page'), (call) => pages.list(call));
  at('/jobs/new', operating('jobs_page'), (call) => pages.form(call));
  at('/jobs/:job', operating('jobs_page'), (call) => pages.job(call));
  at('/jobs/:job/outputs/:output', ofApi('job_output'), (call) => jobs.output(call));
  const artifacts = artifactRoutes(parts.jobs);
  at('/artifacts/:id/:name', described('artifacts', ['GET']), (call) => artifacts.artifact(call));
}

function reading(route: string): EndpointDescription {
  return { route, methods: ['GET'], pages: 'any' };
}

function controlling(route: string, methods: EndpointDescription['methods']): EndpointDescription {
  return { route, methods, pages: 'own' };
}

function operating(route: string): EndpointDescription {
  return { route, methods: ['GET'], pages: 'own' };
}
