import type { RestCommit } from '../../bitbucket/api/payloads';

/** A page of commits, and where the next one begins. */
export interface CommitPage {
  readonly commits: readonly RestCommit[];
  readonly start: number;
  /** Null: this was the last. */
  readonly next: number | null;
}

/** Which commits are listed: those that `until` reaches and `since` does not. */
export interface CommitRange {
  readonly until: string;
  readonly since?: string;
  /** @default 0 */
  readonly start?: number;
}

/** What reading commits asks of a repository; each call throws BitbucketError. */
export interface CommitSource {
  readonly repository: { readonly id: number; readonly fullName: string };
  commits(range: CommitRange): AsyncIterable<CommitPage>;
  /** The commit that a full id or a full name (`refs/heads/main`) leads to. */
  newestCommit(until: string): Promise<RestCommit>;
}

/** A branch as of this sync's one list. */
export interface ListedBranch {
  /** `main` */
  readonly name: string;
  readonly commitId: string;
  readonly isDefault: boolean;
}

/** The branches of a repository, listed at most once per sync; throws BitbucketError. */
export interface BranchScan {
  branches(): Promise<readonly ListedBranch[]>;
  /** Those of these names, missing from the list, of which the server itself says that there is no such branch. */
  gone(names: readonly string[]): Promise<ReadonlySet<string>>;
}
