import type { Bitbucket } from '../../bitbucket/api/bitbucket';
import { isKind } from '../../bitbucket/errors';
import type { HookScope, RestWebhook } from '../../bitbucket/api/hooks';
import type { RestRepository } from '../../bitbucket/api/payloads';
import { type Filters, selectsProject, selectsRepository } from '../../config/filters';

/** A place where webhooks may hang, with those that do. */
export interface Place {
  readonly scope: HookScope;
  readonly hooks: readonly RestWebhook[];
}

/** A place that could not be looked at. */
export interface ClosedPlace {
  readonly scope: HookScope;
  readonly error: Error;
}

/** `project PLAT` or `repository PLAT/api`. */
export function nameOf({ key, slug }: HookScope): string {
  return slug === undefined ? `project ${key}` : `repository ${key}/${slug}`;
}

/**
 * Where the webhooks for the selected repositories belong, one place after the other: at their projects, where the version and the
 * account's rights allow it and the filters take all of a project; else at each repository.
 */
export async function* placesOf(bitbucket: Bitbucket, filters: Filters): AsyncGenerator<Place | ClosedPlace> {
  for (const [key, slugs] of await selectedRepositories(bitbucket, filters)) {
    const project = filters.repositories.length === 0 ? await lookAt(bitbucket, { key }) : null;
    if (project !== null && 'hooks' in project) {
      yield project;
      continue;
    }
    for (const slug of slugs) yield await lookAt(bitbucket, { key, slug });
  }
}

async function lookAt({ webhooks }: Bitbucket, scope: HookScope): Promise<Place | ClosedPlace> {
  try {
    return { scope, hooks: await webhooks.list(scope) };
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    return { scope, error };
  }
}

/** The selected repositories' slugs, by project key. */
async function selectedRepositories(bitbucket: Bitbucket, filters: Filters): Promise<Map<string, string[]>> {
  const selected = new Map<string, string[]>();
  for await (const page of listed(bitbucket, filters)) {
    for (const { project, slug, archived } of page) {
      if (!selectsRepository(filters, project.key, slug, archived ?? null)) continue;
      const slugs = selected.get(project.key);
      if (slugs === undefined) selected.set(project.key, [slug]);
      else if (!slugs.includes(slug)) slugs.push(slug);
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
