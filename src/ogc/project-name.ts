import { OgcException } from './exceptions.ts';
import type { Parameters } from './parameters.ts';
import type { ProjectDescription } from './project-description.ts';
import type { ServiceContext } from './service.ts';

const PROJECT_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/**
 * The project that a request means: by its path, by MAP, or the default one. MAP takes ids alone: file paths
 * in it have opened servers to strangers (CVE-2021-32062).
 */
export function findProject(
  parameters: Parameters,
  pathProject: string | undefined,
  context: ServiceContext,
): ProjectDescription {
  const map = parameters.get('MAP');
  if (pathProject && map && map !== pathProject) {
    throw new OgcException('InvalidParameterValue', 'The path and MAP name different projects; drop MAP', {
      locator: 'MAP',
    });
  }
  if (pathProject) return projectOfPath(pathProject, context);
  if (map === undefined) return defaultProject(context);
  const project = PROJECT_ID.test(map) ? context.project(map) : undefined;
  if (project) return project;
  throw new OgcException(
    'InvalidParameterValue',
    'MAP names no project of this mesh; it takes a project id',
    {
      locator: 'MAP',
    },
  );
}

/** The project that a path names; throws with HTTP status 404 where there is none. */
export function projectOfPath(id: string, context: ServiceContext): ProjectDescription {
  const project = PROJECT_ID.test(id) ? context.project(id) : undefined;
  if (project) return project;
  throw new OgcException('InvalidParameterValue', 'The path names no project of this mesh', {
    httpStatus: 404,
  });
}

/** The project of requests that name none; throws with HTTP status 503 while there are no projects. */
export function defaultProject(context: ServiceContext): ProjectDescription {
  const project = context.project('');
  if (project) return project;
  throw new OgcException('NoApplicableCode', 'No project is served yet', { httpStatus: 503 });
}
