import { type Bitbucket, type RepositoryReference } from '../bitbucket/api/bitbucket';
import { BitbucketError, isFatal } from '../bitbucket/errors';
import type { RestCommit } from '../bitbucket/api/payloads';

/** Commits on a page. */
const PAGE = 100;
/** By how much a guess grows while it is too low. */
const GROWTH = 10;

/** What the history of a repository asks for. */
export interface History {
  /** Pages of commits of the default branch. */
  readonly pages: number;
  /** Commits that `builds` watches. */
  readonly watched: number;
  /** Those of them that have builds. */
  readonly built: number;
}

const NOTHING: History = { pages: 0, watched: 0, built: 0 };

/**
 * About how much history a repository has. Throws BitbucketError where it cannot be read.
 * @param since commits from here on are watched for their builds, in epoch milliseconds
 */
export async function historyOf(glancing: Bitbucket, repository: RepositoryReference, since: number): Promise<History> {
  const api = glancing.of(repository);
  const branch = await api.defaultBranch();
  if (branch === null) return NOTHING;
  const until = `refs/heads/${branch}`;
  const first = await pageAt(api.commits({ until }));
  if (first === null) return NOTHING;
  const reaches = async (pages: number) => (await pageAt(api.commits({ until, start: (pages - 1) * PAGE }))) !== null;
  const pages = first.next === null ? 1 : await countPages(reaches);
  const isRecent = ({ committerTimestamp }: RestCommit) => typeof committerTimestamp === 'number' && committerTimestamp >= since;
  // The tip is watched, however old it is.
  const watched = first.commits.filter((commit, index) => index === 0 || isRecent(commit)).map(({ id }) => id);
  return { pages, watched: watched.length, built: await countBuilt(glancing, watched) };
}

/** How many of so many commits have builds; none where the server does not tell. */
async function countBuilt(glancing: Bitbucket, ids: readonly string[]): Promise<number> {
  try {
    return (await glancing.buildCounters(ids)).size;
  } catch (error) {
    if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
    return 0;
  }
}

/** Finds the last page, of which there are two at least. */
async function countPages(reaches: (pages: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [2, GROWTH];
  while (await reaches(high)) [low, high] = [high, high * GROWTH];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await reaches(middle)) low = middle;
    else high = middle;
  }
  return low;
}

async function pageAt<T>(pages: AsyncIterable<T>): Promise<T | null> {
  for await (const page of pages) return page;
  return null;
}
