import type { CommitsState } from '../history/commits-state';

/** What is known of the recent commits of a repository. */
export interface RecentCommits {
  /** As for the stream `commits`: which branches were read up to where. */
  readonly read: CommitsState;
  /** Committer date in epoch milliseconds, by id. */
  readonly recent: ReadonlyMap<string, number>;
}
