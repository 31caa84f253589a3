import { type BitbucketError, isKind } from '../../bitbucket/errors';
import type { RestRepository } from '../../bitbucket/api/payloads';
import { parseHead } from '../../streams/watch/heads';
import { watchedSince } from '../../streams/watch/recent-commits';
import type { RefScan, RepositoryApi } from '../../streams/stream';
import type { SyncContext } from '../context';
import { type Identified, memoryOf } from '../repository/life-cycle';
import { unlessFatal } from '../repository/gone';
import type { RepositoryMemory } from '../repository/repository-states';
import type { SelectedWatch } from '../selected';
import type { WatchedCommits } from './watch-state';

/** More watched commits than this would make the state too large; the oldest are left out. */
const MOST = 100_000;

/** A repository that was read: as little of it as that takes, for there may be thousands. */
export interface ReadRepository extends Identified {
  readonly api: RepositoryApi;
  /** Of the branches whose commits are read; null: they could not be listed, which others have told. */
  readonly tips: readonly string[] | null;
}

/** A repository that watches a commit. */
export interface Watcher {
  readonly api: RepositoryApi;
  readonly memory: RepositoryMemory<WatchedCommits>;
  /** Date of the commit or of the closed pull request, in epoch milliseconds; Infinity: a tip, or the head of an open pull request. */
  readonly date: number;
}

/** The repositories that watch a commit, by its id. */
export function watchedCommits(
  context: SyncContext,
  selected: SelectedWatch,
  repositories: readonly ReadRepository[],
): Map<string, Watcher[]> {
  const watchers = new Map<string, Watcher[]>();
  for (const repository of repositories) {
    const { api } = repository;
    const memory = memoryOf(context, selected.items, repository, api.repository);
    for (const [id, date] of watchedOf(context, selected, repository)) {
      const others = watchers.get(id);
      if (others === undefined) watchers.set(id, [{ api, memory, date }]);
      else others.push({ api, memory, date });
    }
  }
  return withoutOldest(watchers);
}

/** The commits that one repository watches, with their dates. */
function watchedOf(context: SyncContext, { state }: SelectedWatch, repository: ReadRepository): Map<string, number> {
  const since = watchedSince(context);
  const watched = new Map<string, number>();
  const { recent, read } = state.commits.of(repository.id).body;
  for (const [id, date] of recent) if (date >= since) watched.set(id, date);
  for (const { fingerprint } of state.heads.of(repository.id).body.known.values()) {
    const head = parseHead(fingerprint);
    if (head === null || (head.closedAt !== null && head.closedAt < since)) continue;
    watched.set(head.commitId, Math.max(head.closedAt ?? Infinity, watched.get(head.commitId) ?? -Infinity));
  }
  // Where the branches cannot be listed, the tips up to which they were last read go on to be watched.
  const tips = repository.tips ?? [...read.tips.values()].map(({ commit }) => commit);
  for (const id of tips) watched.set(id, Infinity);
  return watched;
}

/** What of a repository the watch needs once it was read. Throws BitbucketError where no request can succeed any more. */
export async function toWatch(
  context: SyncContext,
  { id, hierarchyId }: RestRepository,
  api: RepositoryApi,
  refs: RefScan,
): Promise<ReadRepository> {
  return { id, hierarchyId, api, tips: await tipsOf(context, refs) };
}

async function tipsOf({ config }: SyncContext, refs: RefScan): Promise<string[] | null> {
  try {
    const read = (await refs.branches()).filter(
      ({ name, isDefault }) => isDefault || config.branches.some(({ matches }) => matches.test(name)),
    );
    return read.map(({ commitId }) => commitId);
  } catch (error) {
    if (isKind(error, 'account_lost')) return null;
    unlessFatal(error) satisfies BitbucketError;
    return null;
  }
}

function withoutOldest(watchers: Map<string, Watcher[]>): Map<string, Watcher[]> {
  if (watchers.size <= MOST) return watchers;
  const dateOf = ([, each]: [string, Watcher[]]) => Math.max(...each.map(({ date }) => date));
  return new Map([...watchers].sort((one, other) => dateOf(other) - dateOf(one)).slice(0, MOST));
}
