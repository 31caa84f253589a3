import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import { isKind } from '../../bitbucket/errors';
import type { HookScope, RestWebhook } from '../../bitbucket/api/hooks';
import type { RestRepository } from '../../bitbucket/api/payloads';
import { type Filters, selectsProject, selectsRepository } from '../../config/filters';

/** A place where webhooks may hang. */
export interface Place {
  readonly scope: HookScope;
  /** By which the inbox knows it: `project:3` or `repository:12`. */
  readonly id: string;
  /** The webhooks that hang there; or why they could not be looked at. */
  readonly hooks: readonly RestWebhook[] | Error;
}

/** A project with its selected repositories. */
export interface ProjectPlaces {
  /** Null: webhooks of the project are none of our business, because the filters take single repositories of it. */
  readonly project: Place | null;
  readonly repositories: readonly Place[];
}

/** So many places are asked after at once. */
const AT_ONCE = 50;

/** `project PLAT` or `repository PLAT/api`. */
export function nameOf({ key, slug }: HookScope): string {
  return slug === undefined ? `project ${key}` : `repository ${key}/${slug}`;
}

/** The webhooks of one place, with statistics where the version has them. */
export function hooksOf({ webhooks }: Bitbucket, scope: HookScope): Promise<RestWebhook[]> {
  return webhooks.list(scope, true);
}

/**
 * Where webhooks for the selected repositories are, project by project. They belong at the project, where the version and the account's
 * rights allow it and the filters take all of it; else at each repository. Both are looked at: webhooks of ours may hang at either.
 */
export async function* placesOf(bitbucket: Bitbucket, filters: Filters): AsyncGenerator<ProjectPlaces> {
  for (const repositories of (await selectedRepositories(bitbucket, filters)).values()) {
    const [first] = repositories;
    if (first === undefined) continue;
    const { key, id } = first.project;
    const project = filters.repositories.length === 0 ? await lookAt(bitbucket, { key }, `project:${id}`) : null;
    const places: Place[] = [];
    for (let next = 0; next < repositories.length; next += AT_ONCE) {
      const some = repositories.slice(next, next + AT_ONCE);
      places.push(
        ...(await Promise.all(some.map((each) => lookAt(bitbucket, { key, slug: each.slug }, `repository:${each.id}`)))),
      );
    }
    yield { project, repositories: places };
  }
}

async function lookAt(bitbucket: Bitbucket, scope: HookScope, id: string): Promise<Place> {
  try {
    return { scope, id, hooks: await hooksOf(bitbucket, scope) };
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    return { scope, id, hooks: error };
  }
}

/** The selected repositories, by project key. */
async function selectedRepositories(bitbucket: Bitbucket, filters: Filters): Promise<Map<string, RestRepository[]>> {
  const selected = new Map<string, RestRepository[]>();
  for await (const page of listed(bitbucket, filters)) {
    for (const repository of page) {
      const { project, slug, archived } = repository;
      if (!selectsRepository(filters, project.key, slug, archived ?? null)) continue;
      const known = selected.get(project.key);
      if (known === undefined) selected.set(project.key, [repository]);
      else if (!known.some(({ id }) => id === repository.id)) known.push(repository);
    }
  }
  return selected;
}

/** All repositories in one list; where an account may not have that, those of each project. */
async function* listed(bitbucket: Bitbucket, filters: Filters): AsyncGenerator<readonly RestRepository[]> {
  try {
    yield* bitbucket.repositories(filters.includeArchived);
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    for await (const page of bitbucket.projects()) {
      for (const { key } of page) if (selectsProject(filters, key)) yield* bitbucket.repositoriesOf(key, filters.includeArchived);
    }
  }
}
