import { isJson } from '../config/json';
import { type RestRepository } from '../bitbucket/api/payloads';
import type { RepositoryRecord } from '../generated/repositories';
import { columnsOf } from './columns';
import { document, flag, integer, text } from './documents';
import { snapshotStream } from './stream';

/** `KEY/slug`: where a repository is found today. */
export function fullNameOf(repository: RestRepository): string {
  return `${repository.project.key}/${repository.slug}`;
}

/**
 * The repositories, from `GET /repos`. The default branch is not in the list: it costs a request each, and the driver adds it, so it
 * is no part of the fingerprint. A project's new key changes `full_name`, which is this row's own.
 */
export const repositories = snapshotStream<RestRepository>({
  name: 'repositories',
  columns: columnsOf('repositories'),
  descriptive: ['links', 'project_key', 'default_branch'],
  addressOf: fullNameOf,
  row: (repository): Omit<RepositoryRecord, 'changed_at' | 'deleted_at'> => ({
    id: repository.id,
    slug: repository.slug,
    name: text(repository.name),
    description: text(repository.description),
    project_id: repository.project.id,
    project_key: repository.project.key,
    full_name: fullNameOf(repository),
    hierarchy_id: text(repository.hierarchyId),
    scm_id: text(repository.scmId),
    state: text(repository.state),
    status_message: text(repository.statusMessage),
    forkable: flag(repository.forkable),
    public: flag(repository.public),
    archived: flag(repository.archived),
    default_branch: null,
    origin_id: isJson(repository.origin) ? integer(repository.origin.id) : null,
    links: document(repository.links),
  }),
});
