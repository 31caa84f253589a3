import { saysNoSuchCommit } from '../../bitbucket/missing';
import type { RestCommit } from '../../bitbucket/api/payloads';
import type { Row } from '../stream';
import type { CommitSource } from './history-source';

/** What reading the commits of a repository goes by. */
export interface CommitsRun {
  /** Whether the configuration names a branch, its default aside. */
  readonly selects: (branch: string) => boolean;
  /** Commits with an earlier committer date are left out, in epoch milliseconds; -Infinity: none. */
  readonly beginning: number;
  readonly startedAt: number;
  readonly recheckMs: number;
  /** A backfill ends once two whole pages in a row are older than `beginning` by so much, in milliseconds. */
  readonly marginMs: number;
  readonly warn: (message: string) => void;
  readonly row: (commit: RestCommit, onDefault: boolean) => Row;
  readonly tombstone: (commit: RestCommit) => Row;
  /** Sees the commits of branches as their pages are read, whether or not a row comes of them: what else watches recent commits. */
  readonly observe?: (commits: readonly RestCommit[]) => void;
}

/** A step of the reading: rows, and the state that covers them and all before. */
export interface Step<State> {
  readonly rows: readonly Row[];
  readonly covers?: State;
}

/** Whether the server has no commit of that id any more: it was removed as garbage. Throws BitbucketError. */
export async function isLost(source: CommitSource, commitId: string): Promise<boolean> {
  try {
    await source.newestCommit(commitId);
    return false;
  } catch (error) {
    if (saysNoSuchCommit(error)) return true;
    throw error;
  }
}

/** A commit's committer date in epoch milliseconds, as a number whatever it was sent as; one without is as recent as can be. */
export function dateOf({ committerTimestamp }: { readonly committerTimestamp?: unknown }): number {
  const date = typeof committerTimestamp === 'string' ? Date.parse(committerTimestamp) : Number(committerTimestamp ?? NaN);
  return Number.isNaN(date) ? Infinity : date;
}
