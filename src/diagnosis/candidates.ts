import type { Bitbucket, RepositoryAddress } from '../bitbucket/api/bitbucket';
import { BitbucketError, isFatal, isKind } from '../bitbucket/errors';
import type { RestProject, RestRepository } from '../bitbucket/api/payloads';
import { type Filters, namedProjects, selectsProject, selectsRepository } from '../config/filters';
import { explainFilters } from './filter-explanation';

/** How many are looked for: if none of so many can be read, it is not because of one of them. */
const CANDIDATES = 3;
/** More named projects than this are found faster in the list of all repositories. */
const MAX_NAMED = 10;
/** Repositories that are looked at to explain filters that let nothing through. */
const MAX_EXPLAINED = 5000;

/** What is known of the server by now. */
export interface Known {
  /** The server, for whoever looks around. */
  readonly glancing: Bitbucket;
  readonly filters: Filters;
  /** The first page of projects. */
  readonly projects: readonly RestProject[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/** Some repositories that the account sees and the filters select, those that can be read first; empty: there is none. */
export async function findRepositories(known: Known): Promise<RestRepository[]> {
  const { filters } = known;
  for await (const page of likelyRepositories(known)) {
    const found = page.filter(({ project, slug, archived }) => selectsRepository(filters, project.key, slug, archived ?? null));
    if (found.length > 0) return found.sort((a, b) => Number(isAvailable(b)) - Number(isAvailable(a))).slice(0, CANDIDATES);
  }
  return [];
}

/** Where the filters name repositories, these first; where they name projects, what is in them; else all, a page at a time. */
async function* likelyRepositories({ glancing, filters, projects }: Known): AsyncGenerator<readonly RestRepository[]> {
  for (const address of namedRepositories(filters).slice(0, CANDIDATES)) {
    const found = await orNull(glancing.repository(address));
    if (found !== null) yield [found];
  }
  const keys = namedProjects(filters);
  if (keys !== null && keys.length <= MAX_NAMED) {
    for (const key of keys) yield* orNothing(glancing.repositoriesOf(key, true));
    return;
  }
  try {
    yield* glancing.repositories(filters.includeArchived);
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    const selected = projects.filter(({ key }) => selectsProject(filters, key));
    for (const { key } of selected.slice(0, MAX_NAMED)) yield* orNothing(glancing.repositoriesOf(key, true));
  }
}

/** Why nothing passes: in whole sentences, with the remedy. */
export async function explainNothing({ glancing, filters, projects, complete }: Known): Promise<string> {
  const repositories: RestRepository[] = [];
  try {
    for await (const page of glancing.repositories(true)) {
      repositories.push(...page);
      if (repositories.length >= MAX_EXPLAINED) break;
    }
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route', 'aborted')) throw error; // what was seen must do
  }
  if (repositories.length > 0) {
    const explanation = explainFilters(filters, { projects, repositories, complete });
    return `The login is right and the account sees repositories, but none passes the filters. ${explanation} Correct the filter, or leave it empty to read everything.`;
  }
  const remedy = 'Give it Project read on the projects, or Repository read on the repositories, that are to be synced.';
  if (projects.length === 0) return `The login is right, but the account sees no project and no repository. ${remedy}`;
  const some = projects
    .slice(0, 5)
    .map(({ key }) => key)
    .join(', ');
  return `The login is right and the account sees projects (${some}), but no repository in any of them. ${remedy}`;
}

/** Whether what is in it can be read. */
export function isAvailable({ state }: RestRepository): boolean {
  return typeof state !== 'string' || state === 'AVAILABLE';
}

export function nameOf({ project, slug }: RestRepository): string {
  return `${project.key}/${slug}`;
}

/** What is not there, or not for us, is null; what ends a run is thrown. */
export function orNull<T>(promise: Promise<T>): Promise<T | null> {
  return promise.catch((error: unknown) => {
    if (!(error instanceof BitbucketError) || isFatal(error)) throw error;
    return null;
  });
}

async function* orNothing<T>(pages: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
  }
}

/** The repositories that the filters name without a wildcard. */
function namedRepositories({ repositories }: Filters): RepositoryAddress[] {
  return repositories
    .filter(({ excludes, text }) => !excludes && !text.includes('*'))
    .map(({ text }) => ({ key: text.slice(0, text.indexOf('/')), slug: text.slice(text.indexOf('/') + 1) }));
}
