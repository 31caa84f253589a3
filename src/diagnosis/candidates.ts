import type { Bitbucket, RepositoryAddress } from '../bitbucket/api/bitbucket';
import { BitbucketError, isFatal, isKind } from '../bitbucket/errors';
import type { RestProject, RestRepository } from '../bitbucket/api/payloads';
import { type Filters, namedProjects, selectsProject, selectsRepository } from '../config/filters';
import { explainFilters } from './filter-explanation';

/** How many are looked for: if none of so many can be read, it is not because of one of them. */
const CANDIDATES = 3;
/** Pages that are looked through for repositories of other projects. */
const FURTHER_PAGES = 3;
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
  /** Repositories that were asked for by their address: each is asked for once. */
  readonly asked: Map<string, Promise<RestRepository>>;
}

/** Asks for a repository that the filters name. @throws BitbucketError */
export function askFor({ glancing, asked }: Known, address: RepositoryAddress): Promise<RestRepository> {
  const name = `${address.key}/${address.slug}`;
  const answer = asked.get(name) ?? glancing.repository(address);
  asked.set(name, answer);
  return answer;
}

/** Repositories that the account sees and the filters select, to try what may be read. */
export interface Candidates {
  /** Those that can be read first, of several projects where the list shows some; empty: there is none. */
  readonly first: readonly RestRepository[];
  /** More of them, for when none of the first can be read and these are few or all of one project. Asks for more of the lists. */
  readonly further: () => Promise<readonly RestRepository[]>;
}

/** Looks for some; asks for no more than it needs to find one. */
export async function findRepositories(known: Known): Promise<Candidates> {
  const pages = selectedRepositories(known);
  const { value } = await pages.next();
  const first = value === undefined ? [] : someOf(value);
  let others: Promise<readonly RestRepository[]> | null = null;
  return { first, further: () => (others ??= furtherThan(first, pages)) };
}

/** What fails for a few of one project may be that project's trouble. */
async function furtherThan(
  first: readonly RestRepository[],
  pages: AsyncGenerator<RestRepository[], undefined>,
): Promise<readonly RestRepository[]> {
  const ids = new Set(first.map(({ id }) => id));
  const projects = new Set(first.map(({ project }) => project.key));
  const isFew = first.length < CANDIDATES;
  if (!isFew && projects.size > 1) return [];
  const found: RestRepository[] = [];
  for (let read = 0; read < FURTHER_PAGES && found.length < CANDIDATES; read++) {
    const { value } = await pages.next();
    if (value === undefined) break;
    for (const repository of value.filter(isAvailable)) {
      if (ids.has(repository.id) || !(isFew || !projects.has(repository.project.key))) continue;
      ids.add(repository.id);
      found.push(repository);
    }
  }
  return someOf(found);
}

/** A few, those that can be read first, and among these one of each project before a second one of any. */
function someOf(repositories: readonly RestRepository[]): RestRepository[] {
  const projects = new Set<string>();
  const ranked = repositories.map((repository) => {
    const isFirst = isAvailable(repository) && !projects.has(repository.project.key);
    if (isFirst) projects.add(repository.project.key);
    return { repository, rank: isFirst ? 0 : isAvailable(repository) ? 1 : 2 };
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, CANDIDATES)
    .map(({ repository }) => repository);
}

async function* selectedRepositories(known: Known): AsyncGenerator<RestRepository[], undefined> {
  const { filters } = known;
  for await (const page of likelyRepositories(known)) {
    const found = page.filter(({ project, slug, archived }) => selectsRepository(filters, project.key, slug, archived ?? null));
    if (found.length > 0) yield found;
  }
}

/** Where the filters name repositories, these first; where they name projects, what is in them; else all, a page at a time. */
async function* likelyRepositories(known: Known): AsyncGenerator<readonly RestRepository[]> {
  const { glancing, filters, projects } = known;
  for (const address of namedRepositories(filters).slice(0, CANDIDATES)) {
    const found = await orNull(askFor(known, address));
    if (found !== null) yield [found];
  }
  const keys = namedProjects(filters);
  if (keys !== null && keys.length <= MAX_NAMED) {
    // A sync asks for the list of all: that of one project may fail.
    const failed = yield* repositoriesOfEach(glancing, keys);
    if (!failed) return;
  }
  try {
    yield* glancing.repositories(filters.includeArchived);
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    const selected = projects.filter(({ key }) => selectsProject(filters, key));
    for (const { key } of selected.slice(0, MAX_NAMED)) yield* orNothing(glancing.repositoriesOf(key, true));
  }
}

/** Those of each of these projects; ends with true where a list fails for a reason that may be its own. */
async function* repositoriesOfEach(
  glancing: Bitbucket,
  keys: readonly string[],
): AsyncGenerator<readonly RestRepository[], boolean> {
  for (const key of keys) {
    try {
      yield* orNothing(glancing.repositoriesOf(key, true));
    } catch (error) {
      if (!(error instanceof BitbucketError) || isFatal(error)) throw error;
      return true;
    }
  }
  return false;
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
    return `The login is right and the account sees repositories, but none passes the filters. ${explanation}`;
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
