import type { RepositoryApi as BoundApi } from '../bitbucket/api/repository-api';

export type { RepositoryReference } from '../bitbucket/paths';

/** What can be asked of one repository; each call throws BitbucketError. */
export type RepositoryApi = Pick<BoundApi, keyof BoundApi>;

/** A branch as of this sync's one list. */
export interface Branch {
  /** `refs/heads/main` */
  readonly id: string;
  /** `main` */
  readonly name: string;
  /** Its tip, 40 hex digits. */
  readonly commitId: string;
  readonly isDefault: boolean;
}

/** The branches of one repository, listed at most once per sync, by whoever asks first. Throws BitbucketError: the same to everybody. */
export interface RefScan {
  /** All branches, by name. */
  branches(): Promise<readonly Branch[]>;
  /** Null for an empty repository, and where the default branch does not exist. */
  defaultBranch(): Promise<Branch | null>;
  /** Those of these names, missing from the list, that are proven gone. */
  gone(names: readonly string[]): Promise<ReadonlySet<string>>;
}
