import type { RestRepository } from '../bitbucket/api/payloads';
import { BitbucketError, isFatal, isKind } from '../bitbucket/errors';
import { isGone } from '../bitbucket/missing';
import { namedProjects, selectsProject, selectsRepository } from '../config/filters';
import { isJson } from '../config/json';
import { inShard } from '../config/shard';
import { NamedRepositories, warningOfProjects } from '../config/unseen-names';
import type { RepositoryRecord } from '../generated/repositories';
import { columnsOf } from './columns';
import { document, flag, integer, text } from './documents';
import { snapshotStream } from './snapshot-stream';
import type { ListingScope, RepositoryReference } from './stream';

/** More projects than this are found faster in the list of all repositories. */
const MAX_NAMED = 20;

/** `KEY/slug`: where a repository is found today. */
export function fullNameOf(repository: RestRepository): string {
  return `${repository.project.key}/${repository.slug}`;
}

/** What names a repository in requests and rows. */
export function referenceOfRepository(repository: RestRepository): RepositoryReference {
  return { id: repository.id, key: repository.project.key, slug: repository.slug, fullName: fullNameOf(repository) };
}

/** The parts of `KEY/slug`. */
export function addressOf(fullName: string): { readonly key: string; readonly slug: string } {
  const slash = fullName.indexOf('/');
  return { key: fullName.slice(0, slash), slug: fullName.slice(slash + 1) };
}

/**
 * The repositories, from `GET /repos`. The default branch is not in the list: the engine adds it, so it is no part of the fingerprint. A
 * project's new key changes `full_name`, which is this row's own.
 */
export const repositories = snapshotStream<RestRepository>({
  name: 'repositories',
  columns: columnsOf('repositories'),
  requestKinds: ['repos', 'repository', 'default-branch', 'application-properties'],
  what: 'repositories',
  permission: 'Repository read',
  descriptive: ['links', 'project_key', 'default_branch'],
  list: listRepositories,
  get: ({ bitbucket }, fullName) => bitbucket.repository(addressOf(fullName)),
  everything: ({ bitbucket, config }) => (namedProjects(config.filters) === null ? null : bitbucket.repositories(true)),
  addressOf: fullNameOf,
  selects: (config, repository) =>
    inShard(config, repository.id) &&
    selectsRepository(config.filters, repository.project.key, repository.slug, repository.archived ?? null),
  selectsKnown: (config, id, fullName) => {
    const { key, slug } = addressOf(fullName);
    // What is no address was damaged: nothing is asked for there, and nothing proven.
    return (
      key !== '' &&
      slug !== '' &&
      fullName.includes('/') &&
      inShard(config, id) &&
      selectsRepository(config.filters, key, slug, null)
    );
  },
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

/**
 * Those of the projects that the filters name outright, else all repositories in one list; where an account may not have that, those of
 * each project it sees.
 */
async function* listRepositories(scope: ListingScope): AsyncGenerator<readonly RestRepository[]> {
  const named = new NamedRepositories(scope.config.filters);
  const unreadable: unknown[] = [];
  const onUnreadable: ListingScope['onUnreadable'] = (entry) => {
    unreadable.push(entry);
    scope.onUnreadable(entry);
  };
  for await (const page of listedRepositories({ ...scope, onUnreadable })) {
    for (const { project, slug } of page) named.see(project.key, slug);
    yield page;
  }
  if (unreadable.length === 0) named.warnings().forEach(scope.warn);
}

async function* listedRepositories(scope: ListingScope): AsyncGenerator<readonly RestRepository[]> {
  const { config, bitbucket, onUnreadable } = scope;
  const { includeArchived } = config.filters;
  const keys = namedProjects(config.filters);
  try {
    if (keys === null || keys.length > MAX_NAMED) yield* bitbucket.repositories(includeArchived, onUnreadable);
    else yield* listNamed(scope, keys);
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    for await (const page of bitbucket.projects()) {
      for (const { key } of page)
        if (selectsProject(config.filters, key)) yield* bitbucket.repositoriesOf(key, includeArchived, onUnreadable);
    }
  }
}

async function* listNamed(
  { config, bitbucket, warn, onUnreadable }: ListingScope,
  keys: readonly string[],
): AsyncGenerator<readonly RestRepository[]> {
  const { projects, repositories, includeArchived } = config.filters;
  const unseen: string[] = [];
  // Of repositories that are named outright it is told that they are not seen.
  const isTold = projects.length === 0 && repositories.every(({ text }) => !text.includes('*'));
  for (const key of keys) {
    let seen = 0;
    try {
      for await (const page of bitbucket.repositoriesOf(key, includeArchived, onUnreadable)) {
        seen += page.length;
        yield page;
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    if (seen > 0 || isTold) continue;
    if (projects.length > 0 && !(await isVisible(bitbucket, key))) unseen.push(key);
    else
      warn(
        `The filters name the project ${key}, but the account sees no repository in it: it has none, is misspelt, or a permission is missing`,
      );
  }
  if (unseen.length > 0) warn(warningOfProjects(unseen, []));
}

/** A list of what is in a project is empty both where nothing is in it and where there is none. */
async function isVisible(bitbucket: ListingScope['bitbucket'], key: string): Promise<boolean> {
  try {
    await bitbucket.project(key);
    return true;
  } catch (error) {
    if (!(error instanceof BitbucketError) || isFatal(error)) throw error;
    return !isKind(error, 'not_found', 'forbidden'); // otherwise nobody knows
  }
}
