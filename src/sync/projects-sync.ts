import type { RestProject } from '../bitbucket/api/payloads';
import { isKind } from '../bitbucket/errors';
import { namedPersonalProjects, selectsProject, wantsUnnamedPersonalProjects } from '../config/filters';
import { projects } from '../streams/projects';
import type { SyncContext } from './context';
import { readSnapshot } from './snapshot-sync';

/** Reads the projects; in shard 0 only. Personal ones are in no list: they come by name, or from the repositories in them. */
export async function syncProjects(context: SyncContext): Promise<void> {
  const { config, bitbucket } = context;
  if (config.shardIndex !== 0) return;
  await readSnapshot(context, projects, {
    what: 'projects',
    permission: 'Project read',
    list: () => listProjects(context),
    ask: (key) => bitbucket.project(key),
    shows: ({ key }) => !key.startsWith('~'),
    selects: (project) => selectsProject(config.filters, project.key),
    selectsKnown: (_, key) => selectsProject(config.filters, key),
  });
}

async function* listProjects({ config, bitbucket, emitter }: SyncContext): AsyncGenerator<readonly RestProject[]> {
  yield* bitbucket.projects();
  const named = namedPersonalProjects(config.filters);
  for (const key of named) {
    try {
      yield [await bitbucket.project(key)];
    } catch (error) {
      if (!isKind(error, 'not_found')) throw error;
      emitter.log('WARN', `projects: the filter names ${key}, but there is no such project, or the account does not see it`);
    }
  }
  const seen = new Set<number>();
  if (!wantsUnnamedPersonalProjects(config.filters)) return;
  for await (const page of bitbucket.repositories(config.filters.includeArchived)) {
    const personal = page.map(({ project }) => project).filter((project) => project.key.startsWith('~') && !seen.has(project.id));
    for (const project of personal) seen.add(project.id);
    yield [...new Map(personal.map((project) => [project.id, project])).values()];
  }
}
