import { type Bitbucket, referenceOf, type RepositoryReference } from '../bitbucket/api/bitbucket';
import { isKind } from '../bitbucket/errors';
import { COMMITS_PER_REQUEST } from '../bitbucket/api/builds';
import type { RestProject, RestPullRequest } from '../bitbucket/api/payloads';
import type { Config } from '../config/config';
import { selectsProject, selectsRepository } from '../config/filters';
import { inShard } from '../config/shard';
import { NamedRepositories } from '../config/unseen-names';
import { warningOfUnknown } from '../diagnosis/filter-explanation';
import { type LeftOut, noteLeftOut, nothingLeftOut } from '../diagnosis/left-out';
import { type History, historyOf } from './plan-history';
import { Unreadable } from './plan-unreadable';

/** What the first sync will read, and what that will cost; what was not counted is an estimate. */
export interface Plan {
  readonly version: string | null;
  readonly projects: number;
  readonly repositories: number;
  /** Without the filters. */
  readonly visibleRepositories: number;
  /** How many of these are not read, by what leaves them out. */
  readonly leftOut: LeftOut;
  /** Null: the account may not list them. */
  readonly users: number | null;
  readonly pullRequests: number;
  /** Repositories whose pull requests were looked at; the others are taken to be like them. */
  readonly sampledRepositories: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly totalRequests: number;
  /** What `sync` asks for into a new file: no branches, so that each repository's default branch is a request of its own. */
  readonly requestsOfNewFile: number;
  /** What `sync` asks for before that: it looks at the server, and counts what there is. */
  readonly requestsBeforehand: number;
  /** Milliseconds of one request of each kind, as measured. */
  readonly latency: Readonly<Record<'list' | 'activities' | 'diff', number>>;
  readonly minutes: number;
  readonly minutesWithoutDiffs: number;
  /** Times that the server asked to slow down while this was found out. */
  readonly rateLimited: number;
  /** What could not be looked at, why, and what to do; whole sentences. */
  readonly warnings: readonly string[];
}

/** Milliseconds by kind of request. */
export type Latencies = ReadonlyMap<string, readonly number[]>;

/** Repositories that are looked at, where there are more; fewer where each takes a search for its start date. */
const SAMPLE = 72;
const SAMPLE_WITH_START_DATE = 25;
/** Repositories whose pages of commits are counted: finding the last one takes some requests each. */
const SAMPLE_OF_HISTORIES = 8;
/** Pull requests whose activities and diff are read to see how long that takes. */
const TIMED = 6;
/** Requests with which `sync` looks at the server first, as `check` does. */
const LOOK = 7;
/** Of the latest pull requests by update, one is nearly always the latest by number. */
const LATEST = 25;
const PAGE = 1000;
const DAY_MS = 24 * 3600 * 1000;

interface Sample {
  readonly repository: RepositoryReference;
  readonly pullRequests: number;
  readonly latest: readonly RestPullRequest[];
}

/** How many rows there are, and of how many repositories their number was taken. */
export type Counts = Pick<Plan, 'projects' | 'repositories' | 'visibleRepositories' | 'leftOut' | 'users' | 'pullRequests'>;

interface Counted extends Counts {
  readonly selected: readonly RepositoryReference[];
  readonly samples: readonly Sample[];
  readonly unreadable: Unreadable;
  /** What the filters name and the account does not see, in sentences. */
  readonly unseen: readonly string[];
  readonly allProjects: number;
  readonly lists: number;
}

/** Looks at the server, and reckons; a few hundred requests at most. @param now in epoch milliseconds @throws BitbucketError */
export async function makePlan(config: Config, bitbucket: Bitbucket, latencies: Latencies, now: number): Promise<Plan> {
  const counted = await countRows(config, bitbucket);
  const requestsBeforehand = LOOK + bitbucket.statistics.sum().requests;
  const {
    users,
    pullRequests,
    projects,
    visibleRepositories,
    leftOut,
    selected,
    samples,
    unreadable,
    unseen,
    allProjects,
    lists,
  } = counted;
  const version = await bitbucket.version();
  const histories = await countHistories(bitbucket.glancing, selected, now - config.lookbackDays * DAY_MS, unreadable);
  await time(bitbucket.glancing, samples, unreadable);
  const alone = config.shardIndex === 0;
  const requests: Plan['requests'] = {
    projects: alone ? pagesOf(allProjects) : 0,
    repositories: pagesOf(visibleRepositories),
    users: alone && users !== null ? pagesOf(users) : 0,
    pull_requests: lists,
    pull_request_activities: pullRequests,
    pull_request_diffs: pullRequests,
    pull_request_commits: pullRequests,
    // The list of branches tells the default branches as well.
    branches: selected.length,
    tags: selected.length,
    commits: histories.pages,
    builds: Math.ceil(histories.watched / COMMITS_PER_REQUEST) + histories.built * (config.buildDetails ? 2 : 1),
  };
  const latency = {
    list: median(latencies, 'pull-requests'),
    activities: median(latencies, 'activities'),
    diff: median(latencies, 'diff'),
  };
  return {
    ...{
      version,
      users,
      pullRequests,
      requests,
      latency,
      projects,
      repositories: selected.length,
      visibleRepositories,
      leftOut,
    },
    sampledRepositories: samples.length,
    totalRequests: sum(Object.values(requests)),
    requestsOfNewFile: sum(Object.values({ ...requests, tags: 0, commits: 0, builds: 0 })),
    requestsBeforehand,
    minutes: minutesFor(requests, latency, config),
    minutesWithoutDiffs: minutesFor({ ...requests, pull_request_diffs: 0 }, latency, config),
    rateLimited: bitbucket.statistics.rateLimited,
    warnings: [...unseen, ...unreadable.warnings(config)],
  };
}

/** Counts what a first sync will bring, with a request or so for each of some repositories. @throws BitbucketError */
export async function countRows(config: Config, bitbucket: Bitbucket): Promise<Counted> {
  await bitbucket.logIn();
  const glancing = bitbucket.glancing;
  const listedProjects: RestProject[] = [];
  const projects = await count(bitbucket.projects(), (project) => {
    listedProjects.push(project);
    return selectsProject(config.filters, project.key);
  });
  const named = new NamedRepositories(config.filters);
  const selected: RepositoryReference[] = [];
  const leftOut = nothingLeftOut();
  const visible = await count(glancing.repositories(true), (listed) => {
    const { id, project, slug, archived } = listed;
    if (config.filters.includeArchived || archived !== true) named.see(project.key, slug);
    const isSelected = inShard(config, id) && selectsRepository(config.filters, project.key, slug, archived ?? null);
    if (isSelected) selected.push(referenceOf(listed));
    else noteLeftOut(leftOut, config.filters, listed);
    return isSelected;
  });
  const unknown = warningOfUnknown(config.filters, { projects: listedProjects, complete: true });
  const users = await countUsers(glancing);
  const unreadable = new Unreadable();
  const looked = await Promise.all(
    spread(selected, config.startDate === null ? SAMPLE : SAMPLE_WITH_START_DATE).map((repository) =>
      sample(glancing, repository, config.startDate).catch(unreadable.note('pull requests', repository)),
    ),
  );
  const samples = looked.filter((each) => each !== null);
  const factor = samples.length === 0 ? 0 : selected.length / samples.length;
  return {
    ...{ users, selected, samples, unreadable, projects: projects.selected, allProjects: projects.all },
    ...{ repositories: selected.length, visibleRepositories: visible.all, leftOut },
    unseen: [...(unknown === null ? [] : [unknown]), ...named.warnings()],
    pullRequests: Math.round(factor * sum(samples.map((each) => each.pullRequests))),
    lists: Math.round(factor * sum(samples.map((each) => pagesOf(each.pullRequests)))),
  };
}

/** How long so many requests take, side by side as far as the configuration allows. */
export function minutesFor(
  requests: Plan['requests'],
  latency: Plan['latency'],
  { maxConcurrency, requestsPerSecond }: Pick<Config, 'maxConcurrency' | 'requestsPerSecond'>,
): number {
  const { pull_request_activities: activities = 0, pull_request_diffs: diffs = 0, ...rest } = requests;
  const lists = sum(Object.values(rest));
  const seconds = (lists * latency.list + activities * latency.activities + diffs * latency.diff) / 1000 / maxConcurrency;
  const byRate = requestsPerSecond === null ? 0 : (lists + activities + diffs) / requestsPerSecond;
  return Math.max(seconds, byRate) / 60;
}

async function count<T>(
  pages: AsyncGenerator<readonly T[]>,
  selects: (value: T) => boolean,
): Promise<{ all: number; selected: number }> {
  const counts = { all: 0, selected: 0 };
  for await (const page of pages) {
    counts.all += page.length;
    counts.selected += page.filter(selects).length;
  }
  return counts;
}

async function countUsers(glancing: Bitbucket): Promise<number | null> {
  try {
    return (await count(glancing.users(), () => true)).all;
  } catch (error) {
    if (!isKind(error, 'forbidden', 'not_found', 'no_such_route')) throw error;
    return null;
  }
}

/** About what the histories of all repositories ask for together. */
async function countHistories(
  glancing: Bitbucket,
  repositories: readonly RepositoryReference[],
  since: number,
  unreadable: Unreadable,
): Promise<History> {
  const counted = await Promise.all(
    spread(repositories, SAMPLE_OF_HISTORIES).map((each) =>
      historyOf(glancing, each, since).catch(unreadable.note('commits', each)),
    ),
  );
  const read = counted.filter((each) => each !== null);
  const inAll = (count: (history: History) => number) =>
    read.length === 0 ? 0 : Math.round((repositories.length / read.length) * sum(read.map(count)));
  return { pages: inAll(({ pages }) => pages), watched: inAll(({ watched }) => watched), built: inAll(({ built }) => built) };
}

/** How many pull requests a repository has since the start date: numbers are given in turn, so the highest tells. */
async function sample(glancing: Bitbucket, repository: RepositoryReference, startDate: number | null): Promise<Sample> {
  const { values, isLastPage } = await glancing.of(repository).somePullRequests(0, LATEST);
  const wanted = values.filter(({ updatedDate }) => startDate === null || updatedDate >= startDate);
  if (isLastPage || wanted.length < values.length) return { repository, latest: wanted, pullRequests: wanted.length };
  const highest = Math.max(...values.map(({ id }) => id));
  const pullRequests = startDate === null ? highest : await countSince(glancing, repository, startDate, values.length, highest);
  return { repository, latest: wanted, pullRequests };
}

/** Halves the list, latest update first, until the one is found that is older than the start date. */
async function countSince(
  glancing: Bitbucket,
  repository: RepositoryReference,
  startDate: number,
  since: number,
  most: number,
): Promise<number> {
  let [low, high] = [since, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [found] = (await glancing.of(repository).somePullRequests(middle, 1)).values;
    if (found !== undefined && found.updatedDate >= startDate) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Reads some activities and diffs, so that their latency is known. */
async function time(glancing: Bitbucket, samples: readonly Sample[], unreadable: Unreadable): Promise<void> {
  const some = spread(
    samples.flatMap(({ repository, latest }) => latest.slice(0, 2).map(({ id }) => ({ repository, id }))),
    TIMED,
  );
  await Promise.all(
    some.map(({ repository, id }) =>
      glancing.of(repository).latestActivities(id, PAGE).catch(unreadable.note('activities', repository)),
    ),
  );
  await Promise.all(
    some.map(({ repository, id }) => glancing.of(repository).diff(id).catch(unreadable.note('diffs', repository))),
  );
}

/** Evenly from all over a list. */
function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, index) => list[Math.floor(((index + 0.5) * list.length) / most)]).filter(
    (value) => value !== undefined,
  );
}

/** Requests for so many entries of a list. */
export function pagesOf(length: number): number {
  return Math.max(1, Math.ceil(length / PAGE));
}

function median(latencies: Latencies, kind: string): number {
  const sorted = [...(latencies.get(kind) ?? [])].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
