/** The REST API that is the same in all versions; below the base URL. */
export const API = '/rest/api/1.0';
/** Build statuses have an API of their own, which is older. */
export const BUILDS_API = '/rest/build-status/1.0';

/** Where a repository is asked for; its id names it for ever, its address only for now. */
export interface RepositoryAddress {
  readonly key: string;
  readonly slug: string;
}

/** A repository whose id is known as well. */
export interface RepositoryReference extends RepositoryAddress {
  readonly id: number;
  /** `KEY/slug`. */
  readonly fullName: string;
}

/** The path of a project. */
export function projectPath(key: string): string {
  return `${API}/projects/${encodeURIComponent(key)}`;
}

/** The path of a repository. */
export function repositoryPath({ key, slug }: RepositoryAddress): string {
  return `${projectPath(key)}/repos/${encodeURIComponent(slug)}`;
}
