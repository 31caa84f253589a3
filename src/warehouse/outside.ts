import { counted } from '../text/counted';
import { dayOrMinuteOf, minuteOf } from '../text/instant';
import type { Target } from './catalog';
import type { Database } from './database';
import type { Journal, Outside } from './journal';
import type { SyncOptions } from './options';
import { savedState } from './states';

/** What a file knew of what is not read any more, before a sync; its `outside` is null where an older version did not say. */
export interface Before extends Pick<Journal, 'outside' | 'startDate'> {
  /** When each stream was last read, in milliseconds since 1970. */
  readonly readAt: ReadonlyMap<string, number>;
}

/** What the configuration of a sync leaves out of a file. */
export interface NotRead extends Pick<Journal, 'outside' | 'startDate'> {
  /** Whether the sync reads by repository at all, and pull requests: if not, what is left out of them is not its. */
  readonly readsRepositories: boolean;
  readonly readsPullRequests: boolean;
}

/** What syncs do not read any more: the configuration and the states say what, and the file since when. */
export async function leftOutBy(
  database: Database,
  { narrowing }: SyncOptions,
  targets: readonly Target[],
  before: Before,
): Promise<NotRead> {
  const names = targets.map(({ stream }) => stream.name);
  const told = await narrowing?.(names, async (name) => {
    const target = targets.find(({ stream }) => stream.name === name);
    return target === undefined ? null : await savedState(database, target);
  });
  const { outside, startDate } = before;
  if (told === null || told === undefined) return { outside, startDate, readsRepositories: true, readsPullRequests: true };
  const { readsRepositories, readsPullRequests, repositories } = told;
  return {
    readsRepositories,
    readsPullRequests,
    outside: repositories === null ? outside : withDates(repositories, before),
    startDate: readsPullRequests ? told.startDate : startDate,
  };
}

function withDates(
  { stream, repositories }: { readonly stream: string; readonly repositories: readonly number[] },
  { outside: known, readAt }: Before,
): Outside {
  const since = known === null ? null : (readAt.get(stream) ?? null);
  return new Map(repositories.map((id) => [id, known?.has(id) === true ? (known.get(id) ?? null) : since]));
}

/** How much of a file is not read any more. */
export interface RepositoriesLeftOut {
  readonly repositories: number;
  /** Of how many that are in the file, and not deleted. */
  readonly of: number;
  /** The earliest and the latest time at which they were read last, in milliseconds since 1970; null: not known of all of them. */
  readonly since: readonly [first: number, last: number] | null;
}

/** Counts those that are in the file, by its views; null: all are read. */
export async function repositoriesLeftOut(database: Database, outside: Outside | null): Promise<RepositoriesLeftOut | null> {
  if (outside === null || outside.size === 0) return null;
  const rows = await database.query('SELECT DISTINCT repository_id::DOUBLE AS id FROM repositories_live');
  const left = rows.map(({ id }) => Number(id)).filter((id) => outside.has(id));
  if (left.length === 0) return null;
  const dates = left.map((id) => outside.get(id) ?? null).filter((date) => date !== null);
  // Not spread into arguments: there may be very many.
  const since =
    dates.length < left.length
      ? null
      : ([dates.reduce((a, b) => Math.min(a, b)), dates.reduce((a, b) => Math.max(a, b))] as const);
  return { repositories: left.length, of: rows.length, since };
}

/** `4 of 6 repositories` */
export function repositoriesCount({ repositories, of }: RepositoriesLeftOut): string {
  return `${repositories.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} repositories`;
}

/** `since 2026-11-27 07:40 UTC`; empty where that is not known. */
export function sinceWhen({ since }: RepositoriesLeftOut): string {
  if (since === null) return '';
  const [first, last] = since.map(minuteOf);
  return `since ${first === last ? String(first) : `${String(first)}, some since ${String(last)}`}`;
}

/** Pull requests of a file that are not read any more, for they were last updated before `start_date`. */
export interface PullRequestsLeftOut {
  readonly pullRequests: number;
  readonly open: number;
  /** In milliseconds since 1970. */
  readonly startDate: number;
}

/** Counts those that are in the file, by its views, in repositories that are read; null: there are none. */
export async function pullRequestsLeftOut(
  database: Database,
  { outside, startDate }: Pick<Journal, 'outside' | 'startDate'>,
): Promise<PullRequestsLeftOut | null> {
  if (startDate === null) return null;
  const rows = await database.query(
    `SELECT repository_id::DOUBLE AS id, count(*)::DOUBLE AS old, (count(*) FILTER (state = 'OPEN'))::DOUBLE AS open
     FROM pull_requests_live WHERE epoch_ms(updated_date) < ? GROUP BY repository_id`,
    [BigInt(startDate)],
  );
  const read = rows.filter(({ id }) => outside?.has(Number(id)) !== true);
  const sum = (column: string) => read.reduce((total, row) => total + Number(row[column]), 0);
  return read.length === 0 ? null : { pullRequests: sum('old'), open: sum('open'), startDate };
}

/** `240 pull requests last updated before 2026-11-20` */
export function pullRequestsCount({ pullRequests, startDate }: PullRequestsLeftOut): string {
  return `${counted(pullRequests, 'pull request')} last updated before ${dayOrMinuteOf(startDate)}`;
}

/** `, 12 of them open`; empty where none is. */
export function openOnes({ pullRequests, open }: PullRequestsLeftOut): string {
  if (open === 0) return '';
  if (open === pullRequests) return open === 1 ? ', an open one' : ', all of them open';
  return `, ${open.toLocaleString('en-US')} of them open`;
}

/** Something of a file that is not read any more, in a few words, and as a person who syncs is told of it, without a full stop. */
export interface LeftOut {
  readonly what: string;
  readonly told: string;
}

/** What the configuration leaves out of what a sync could have read. */
export async function whatIsLeftOut(database: Database, notRead: NotRead, config: string): Promise<LeftOut[]> {
  const repositories = notRead.readsRepositories ? await repositoriesLeftOut(database, notRead.outside) : null;
  const pullRequests = notRead.readsPullRequests ? await pullRequestsLeftOut(database, notRead) : null;
  return [
    ...(repositories === null ? [] : [describeRepositories(repositories, config)]),
    ...(pullRequests === null ? [] : [describePullRequests(pullRequests, config)]),
  ];
}

function describeRepositories(left: RepositoriesLeftOut, config: string): LeftOut {
  const [are, them] = left.repositories === 1 ? ['is', 'it'] : ['are', 'them'];
  const since = sinceWhen(left) === '' ? '' : ` (${sinceWhen(left)})`;
  const count = repositoriesCount(left);
  return {
    what: `${count}${since}`,
    told: `${count} ${are} no longer read${since}: ${config} leaves ${them} out, by its filters or shards; wider ones bring ${them} back`,
  };
}

function describePullRequests(left: PullRequestsLeftOut, config: string): LeftOut {
  const [are, them] = left.pullRequests === 1 ? ['is', 'it'] : ['are', 'them'];
  const what = `${pullRequestsCount(left)} (start_date)`;
  return {
    what: `${what}${openOnes(left)}`,
    told: `${what} ${are} no longer read${openOnes(left)}: an earlier start_date in ${config} brings ${them} back`,
  };
}
