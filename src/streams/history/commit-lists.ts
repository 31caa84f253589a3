import type { RestCommit } from '../../bitbucket/api/payloads';
import type { CommitPage, CommitRange, CommitSource } from './history-source';

/** A list of commits as far as it was read. */
export interface Collected {
  readonly commits: readonly RestCommit[];
  /** All its pages, those that were read already included; null: there are no more. */
  readonly pages: AsyncIterable<CommitPage> | null;
}

/** Reads a list, up to so many pages. Throws BitbucketError. */
export async function collect(source: CommitSource, range: CommitRange, most: number): Promise<Collected> {
  const iterator = source.commits(range)[Symbol.asyncIterator]();
  const read: CommitPage[] = [];
  for (let result = await iterator.next(); result.done !== true; result = await iterator.next()) {
    read.push(result.value);
    if (result.value.next === null) break;
    if (read.length >= most) return { commits: [], pages: resumed(read, iterator) };
  }
  return { commits: read.flatMap(({ commits }) => commits), pages: null };
}

async function* resumed(
  read: readonly CommitPage[],
  iterator: AsyncIterator<CommitPage>,
): AsyncGenerator<CommitPage, void, void> {
  yield* read;
  for (let result = await iterator.next(); result.done !== true; result = await iterator.next()) yield result.value;
}

/** Which of `wanted` a list holds; it is read no further than it takes to find them all. Throws BitbucketError. */
export async function findIn(
  source: CommitSource,
  range: CommitRange,
  wanted: ReadonlySet<string>,
): Promise<{
  readonly found: Set<string>;
  /** The ids of the whole list, if it was read to its end. */ readonly all: Set<string> | null;
}> {
  const [found, all] = [new Set<string>(), new Set<string>()];
  for await (const { commits, next } of source.commits(range)) {
    for (const { id } of commits) {
      all.add(id);
      if (wanted.has(id)) found.add(id);
    }
    if (found.size === wanted.size && next !== null) return { found, all: null };
  }
  return { found, all };
}
