import { at, type Facts, type RepositoryName } from './facts';
import { isoDay } from './days';

/** What of the data is looked at; days since 1970, both included. */
export interface Filter {
  readonly project: string | null;
  /** Index in the list of repositories. */
  readonly repository: number | null;
  readonly from: number;
  readonly to: number;
}

/** In the place of the keys of personal projects where nobody is named; no key of a project has small letters. */
export const PERSONAL = 'Personal';

/** The periods to choose from, in days; the data of the whole time is the last. */
export const PERIODS = [
  ['30', 'Last 30 days'],
  ['90', 'Last 90 days'],
  ['182', 'Last 6 months'],
  ['365', 'Last 12 months'],
  ['all', 'All time'],
  ['own', 'From – to …'],
] as const;
const USUAL_PERIOD = '182';

/** The first day of which there is anything; today where there is nothing. */
export function firstDay({ head, pullRequests }: Facts): number {
  return pullRequests.opened.reduce((first, day) => Math.min(first, day), head.today);
}

/** Days of a period of which there is data: those before the first pull request would make each rate smaller than it is. */
export function daysCovered(facts: Facts, { from, to }: Pick<Filter, 'from' | 'to'>): number {
  return Math.max(1, to - Math.max(from, firstDay(facts)) + 1);
}

/** The days of a period of the list that ends today. */
export function periodOf(facts: Facts, period: string): Pick<Filter, 'from' | 'to'> {
  const to = facts.head.today;
  const days = Number(period);
  return { from: days > 0 ? to - days + 1 : firstDay(facts), to };
}

/** The period that the page begins with: six months, or all where nothing was opened in them. */
export function firstPeriod(facts: Facts): string {
  const { from } = periodOf(facts, USUAL_PERIOD);
  return facts.pullRequests.opened.some((day) => day >= from) ? USUAL_PERIOD : 'all';
}

/** The period of the same length before it. */
export function before(filter: Filter): Filter {
  return { ...filter, from: 2 * filter.from - filter.to - 1, to: filter.from - 1 };
}

/** Whether each repository is looked at. */
export function chosen({ head }: Facts, { project, repository }: Filter): readonly boolean[] {
  return head.repositories.map(
    (each, index) => (project === null || each.project === project) && (repository === null || index === repository),
  );
}

/** The rows of a table whose repository is looked at and whose day, by `dayOf`, is in the period. */
export function rowsIn(
  facts: Facts,
  filter: Filter,
  repositories: Float64Array,
  dayOf: (row: number) => number | null,
): readonly number[] {
  const isChosen = chosen(facts, filter);
  const rows: number[] = [];
  for (let row = 0; row < repositories.length; row++) {
    if (isChosen[at(repositories, row)] !== true) continue;
    const day = dayOf(row);
    if (day !== null && day >= filter.from && day <= filter.to) rows.push(row);
  }
  return rows;
}

function ofRepository({ id, name, project }: RepositoryName): string {
  return project === PERSONAL ? `repository_id = ${id}` : `repository_full_name = ${literal(name)}`;
}

/** A text as SQL takes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The conditions of the filter as SQL, one per line; without days where `day` is null. */
export function conditions({ head }: Facts, filter: Filter, day: string | null, more: readonly string[] = []): string {
  const repository = filter.repository === null ? undefined : head.repositories[filter.repository];
  const all = [
    ...more,
    ...(day === null ? [] : [`${day} BETWEEN DATE '${isoDay(filter.from)}' AND DATE '${isoDay(filter.to)}'`]),
    ...(filter.project === null
      ? []
      : [filter.project === PERSONAL ? `project_key LIKE '~%'` : `project_key = ${literal(filter.project)}`]),
    ...(repository === undefined ? [] : [ofRepository(repository)]),
  ];
  return all.length === 0 ? '' : `WHERE ${all.join('\n  AND ')}`;
}

/** Bots are left out of what is counted, unless they were asked for. */
export function noBots({ head }: Facts, column: 'author_is_bot' | 'reviewer_is_bot'): readonly string[] {
  return head.includesBots ? [] : [`NOT ${column}`];
}
