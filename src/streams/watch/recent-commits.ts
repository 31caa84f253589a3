import type { RestCommit } from '../../bitbucket/api/payloads';
import { isJson, type Json } from '../../config/json';
import { commitsRun } from '../commits';
import { type CommitsRun, dateOf } from '../history/commits-run';
import { NO_COMMITS, parseCommitsState, printCommitsState } from '../history/commits-state';
import { readCommits } from '../history/read-commits';
import type { Described, Progressed, RefScan, RepositoryApi, RepositoryStream, StreamRun } from '../stream';
import { packId, unpackId } from './packed-id';
import type { RecentCommits } from './recent-commits-state';

const DAY_MS = 24 * 3600 * 1000;
/** What lists show late is looked back on for this long at least, in milliseconds. */
const LEAST_MS = 600_000;

/** Since when commits and closed pull requests are watched, in epoch milliseconds. */
export function watchedSince({ config, startedAt }: Pick<StreamRun, 'config' | 'startedAt'>): number {
  return startedAt - Math.max(config.lookbackDays * DAY_MS, LEAST_MS);
}

/**
 * Remembers the commits of the last `lookback_days` on branches that are read, and writes no rows. They are read as those of the stream
 * `commits` are, so that the pages serve both.
 */
export function recentCommitsOf(described: Described): RepositoryStream<RecentCommits> {
  return {
    ...{ ...described, kind: 'repository', readsBranches: true, isSilent: true },
    requestKinds: ['commits', 'branches'],
    state: { initial: () => ({ read: NO_COMMITS, recent: new Map() }), parse, print, whenGone: () => null },
    read: readRecent,
  };
}

async function* readRecent(
  api: RepositoryApi,
  refs: RefScan,
  state: RecentCommits,
  run: StreamRun,
): AsyncGenerator<Progressed<RecentCommits>> {
  const since = watchedSince(run);
  const recent = new Map([...state.recent].filter(([, date]) => date >= since));
  const note = (commit: RestCommit): { readonly id: string } => {
    const date = dateOf(commit);
    // One without a date is as old as our knowledge of it.
    recent.set(commit.id, Number.isFinite(date) ? date : run.startedAt);
    return { id: commit.id };
  };
  const forget = ({ id }: RestCommit): { readonly id: string } => {
    recent.delete(id);
    return { id };
  };
  const commits: CommitsRun = {
    ...commitsRun(api.repository, run),
    beginning: Math.max(since, run.config.startDate ?? -Infinity),
    marginMs: 0,
    warn: (message) => run.log('INFO', `builds: ${message}`),
    row: note,
    tombstone: forget,
  };
  for await (const { covers } of readCommits(api, refs, state.read, commits)) {
    if (covers !== undefined) yield { rows: [], covers: { read: covers, recent: new Map(recent) } };
  }
}

function print({ read, recent }: RecentCommits): Json {
  const dates = [...recent].map(([id, date]): [string, number] => [packId(id), Math.floor(date / 1000)]);
  return { ...printCommitsState(read), ...(recent.size > 0 && { recent: Object.fromEntries(dates) }) };
}

function parse(raw: Json, now: number): RecentCommits {
  const recent = new Map<string, number>();
  for (const [packed, seconds] of Object.entries(isJson(raw.recent) ? raw.recent : {})) {
    const id = unpackId(packed);
    if (id !== null && typeof seconds === 'number') recent.set(id, seconds * 1000);
  }
  return { read: parseCommitsState(raw, now), recent };
}
