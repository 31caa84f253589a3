import { type Bitbucket, type RepositoryReference } from '../bitbucket/api/bitbucket';
import { BitbucketError, isFatal } from '../bitbucket/errors';

/** Commits on a page. */
const PAGE = 100;
/** By how much a guess grows while it is too low. */
const GROWTH = 10;

/** How many pages of commits the default branch of a repository has; null: it cannot be read. Throws BitbucketError where nothing can. */
export async function commitPages(glancing: Bitbucket, repository: RepositoryReference): Promise<number | null> {
  const api = glancing.of(repository);
  try {
    const branch = await api.defaultBranch();
    if (branch === null) return 0;
    const until = `refs/heads/${branch}`;
    const first = await pageAt(api.commits({ until }));
    if (first === null) return 0;
    if (first.next === null) return 1;
    const reaches = async (pages: number) => (await pageAt(api.commits({ until, start: (pages - 1) * PAGE }))) !== null;
    return await countPages(reaches);
  } catch (error) {
    if (isFatal(error) || !(error instanceof BitbucketError)) throw error;
    return null;
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
