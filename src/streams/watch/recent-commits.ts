import type { RestCommit } from '../../bitbucket/api/payloads';
import { isJson, type Json } from '../../config/json';
import { commitsRun } from '../commits';
import { type CommitsRun, dateOf } from '../history/commits-run';
import { NO_COMMITS, parseCommitsState, printCommitsState } from '../history/commits-state';
import { readCommits } from '../history/read-commits';
import type { Described, Progressed, RefScan, RepositoryApi, RepositoryStream, StreamRun } from '../stream';
import { isPackable, packIds, unpackIds } from './packed-id';
import type { RecentCommits } from './recent-commits-state';

const DAY_MS = 24 * 3600 * 1000;
/** What lists show late is looked back on for this long at least, in milliseconds. */
const LEAST_MS = 600_000;

/** Stands before the place of a commit among the recent ones. */
const AT = '@';

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
    // One without a date is as old as our knowledge of it; pages reach further back than what is watched.
    const date = Number.isFinite(dateOf(commit)) ? dateOf(commit) : run.startedAt;
    if (date >= since) recent.set(commit.id, date);
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

/** The ids follow each other as bytes, the latest first; the dates as seconds, each by how much it is earlier than the one before. */
function print({ read, recent }: RecentCommits): Json {
  // One without a date is watched in this sync only.
  const dated = [...recent].filter(([id, date]) => Number.isFinite(date) && isPackable(id));
  const latestFirst = dated.map(([id, date]) => ({ id, at: Math.floor(date / 1000) })).sort((one, other) => other.at - one.at);
  const seconds = latestFirst.map(({ at }, index) => (latestFirst[index - 1]?.at ?? 2 * at) - at);
  const printed = printCommitsState(read);
  const places = new Map(latestFirst.map(({ id }, place) => [id, `${AT}${place}`]));
  return {
    ...printed,
    // Most tips are recent commits.
    ...(isJson(printed.branches) && {
      branches: mapValues(printed.branches, (tip) => tip.replace(/^[0-9a-f]+/, (id) => places.get(id) ?? id)),
    }),
    ...(latestFirst.length > 0 && { recent: [packIds(latestFirst.map(({ id }) => id)), ...seconds] }),
  };
}

function parse(raw: Json, now: number): RecentCommits {
  const recent = new Map<string, number>();
  const [ids, ...seconds] = Array.isArray(raw.recent) ? (raw.recent as unknown[]) : [];
  let at = 0;
  for (const [index, id] of unpackIds(ids, seconds.length).entries()) {
    at = Math.abs(at - Number(seconds[index]));
    if (Number.isFinite(at)) recent.set(id, at * 1000);
  }
  const listed = [...recent.keys()];
  const branches = mapValues(isJson(raw.branches) ? raw.branches : {}, (tip) =>
    tip.replace(/^@(\d+)/, (_, place) => listed[Number(place)] ?? ''),
  );
  return { read: parseCommitsState({ ...raw, branches }, now), recent };
}

function mapValues(texts: Json, change: (text: string) => string): Json {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, typeof text === 'string' ? change(text) : text]));
}
