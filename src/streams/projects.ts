import type { RestProject } from '../bitbucket/api/payloads';
import { isKind } from '../bitbucket/errors';
import { namedPersonalProjects, selectsProject, wantsUnnamedPersonalProjects } from '../config/filters';
import { warningOfProjects } from '../config/unseen-names';
import type { ProjectRecord } from '../generated/projects';
import { columnsOf } from './columns';
import { document, flag, text } from './documents';
import { snapshotStream } from './snapshot-stream';
import type { ListingScope } from './stream';

/** The projects, from `GET /projects`. Personal ones are in no list: they come by name, or from the repositories in them. */
export const projects = snapshotStream<RestProject>({
  name: 'projects',
  columns: columnsOf('projects'),
  requestKinds: ['login', 'projects', 'project'],
  what: 'projects',
  permission: 'Project read',
  descriptive: ['links'],
  list: listProjects,
  get: ({ bitbucket }, key) => bitbucket.project(key),
  isListed: ({ key }) => !key.startsWith('~'),
  addressOf: (project) => project.key,
  selects: ({ filters }, { key }) => selectsProject(filters, key),
  selectsKnown: ({ filters }, _, key) => selectsProject(filters, key),
  row: (project): Omit<ProjectRecord, 'changed_at' | 'deleted_at'> => ({
    id: project.id,
    key: project.key,
    name: text(project.name),
    description: text(project.description),
    public: flag(project.public),
    type: text(project.type),
    owner: document(project.owner),
    links: document(project.links),
  }),
});

async function* listProjects({ config, bitbucket, warn, onUnreadable }: ListingScope): AsyncGenerator<readonly RestProject[]> {
  yield* bitbucket.projects(onUnreadable);
  for (const key of namedPersonalProjects(config.filters)) {
    try {
      yield [await bitbucket.project(key)];
    } catch (error) {
      if (!isKind(error, 'not_found')) throw error;
      warn(warningOfProjects([key], []));
    }
  }
  if (!wantsUnnamedPersonalProjects(config.filters)) return;
  const seen = new Set<number>();
  for await (const page of bitbucket.repositories(config.filters.includeArchived)) {
    const personal = page.map(({ project }) => project).filter((project) => project.key.startsWith('~') && !seen.has(project.id));
    for (const project of personal) seen.add(project.id);
    yield [...new Map(personal.map((project) => [project.id, project])).values()];
  }
}
