import type { Database } from '../warehouse/database';
import {
  DEPLOYMENT_COLUMNS,
  type Facts,
  PULL_REQUEST_COLUMNS,
  REVIEW_COLUMNS,
  type RepositoryName,
  type Waiting,
} from './page/facts';
import { literal, PERSONAL } from './page/filter';
import { MOST_WAITING } from './page/sections/waiting';
import { pullRequestsReadAt, readCoverage } from './read-coverage';

/** More open ones than these are not kept for the list of those that wait longest. */
const MOST_WAITING_IN_ALL = 3000;
const LONGEST_TITLE = 140;

/** Who is named and who is counted. */
export interface ReportChoices {
  readonly byPerson: boolean;
  readonly includesBots: boolean;
}

type Rows = Record<string, unknown>[];

/** Reads from the views what the page computes with; `now` is for a file that does not say when it was read. */
export async function readFacts(database: Database, { byPerson, includesBots }: ReportChoices, now: number): Promise<Facts> {
  const people = (column: string) => (includesBots ? 'true' : `NOT ${column}`);
  const { zone, readAt, today } = await readWhen(database, now);
  await makeTables(database, people, zone);
  const repositories = await readRepositories(database, byPerson);
  const place = new Map(repositories.map(({ id }, index) => [id, index]));
  const waiting = await readWaiting(database, place, byPerson);
  return {
    head: {
      coverage: await readCoverage(database, byPerson),
      ...{ readAt, today, timeZone: zone, byPerson, includesBots, repositories },
      projects: [...new Set(repositories.map(({ project }) => project))].sort(),
      people: byPerson
        ? (await database.query('SELECT name FROM report_reviewers ORDER BY place')).map(({ name }) => String(name))
        : [],
      waiting,
      waitingIsCut: waiting.length === MOST_WAITING_IN_ALL,
    },
    pullRequests: columnsOf(
      await database.query(
        `SELECT ${numbersOf(PULL_REQUEST_COLUMNS)} FROM report_pull_requests ORDER BY repository_id, opened, pull_request_id`,
      ),
      place,
      PULL_REQUEST_COLUMNS,
    ),
    reviews: columnsOf(
      await database.query('SELECT * FROM report_reviews ORDER BY repository_id, day, reviewer'),
      place,
      REVIEW_COLUMNS,
    ),
    deployments: columnsOf(
      await database.query(`SELECT ${numbersOf(DEPLOYMENT_COLUMNS)} FROM report_deployments ORDER BY repository_id, day`),
      place,
      DEPLOYMENT_COLUMNS,
    ),
  };
}

async function readWhen(database: Database, now: number): Promise<{ zone: string; readAt: number; today: number }> {
  const [row = {}] = await database.query('SELECT any_value(time_zone) AS zone FROM bitbucket_settings');
  const zone = textOf(row['zone']) ?? 'UTC';
  const readAt = (await pullRequestsReadAt(database)) ?? now;
  const [day = {}] = await database.query(
    `SELECT date_diff('day', DATE '1970-01-01', CAST(make_timestamptz($1::BIGINT * 1000) AT TIME ZONE $2::VARCHAR AS DATE)) AS today`,
    [readAt, zone],
  );
  return { zone, readAt, today: Number(day['today']) };
}

const day = (date: string) => `coalesce(date_diff('day', DATE '1970-01-01', ${date}), -1)::INTEGER`;
const seconds = (hours: string) => `coalesce(round(${hours} * 3600), -1)::DOUBLE`;

/** Each view is asked once, into tables of this session. */
async function makeTables(database: Database, people: (column: string) => string, zone: string): Promise<void> {
  await database.run(`CREATE TEMP TABLE report_pull_requests AS
    SELECT repository_id::DOUBLE AS repository_id, pull_request_id, ${day('opened_on')} AS opened,
      CASE state WHEN 'OPEN' THEN 0 WHEN 'MERGED' THEN 1 ELSE 2 END AS state,
      coalesce(closed_on - opened_on, -1)::INTEGER AS "closedAfter", ${seconds('draft_hours')} AS draft,
      ${seconds('hours_to_first_review')} AS "firstReview",
      CASE WHEN merged_at IS NULL THEN 0
        ELSE coalesce(round(waiting_for_review_hours * 3600) - greatest(0, ${seconds('hours_to_first_review')}), 0) END AS "waitingExtra",
      ${seconds('in_review_hours')} AS "inReview", ${seconds('cycle_hours')} AS cycle,
      coalesce(lines_changed, -1)::DOUBLE AS lines, coalesce(review_rounds, -1)::INTEGER AS rounds,
      CASE waiting_for WHEN 'author' THEN 1 WHEN 'reviewers' THEN 2 WHEN 'merge' THEN 3 ELSE 0 END AS turn,
      coalesce(CAST(deployed_at AT TIME ZONE ${literal(zone)} AS DATE) - merged_on, -1)::INTEGER AS "deployedAfter", 
      coalesce(round((lead_time_hours - cycle_hours) * 60), 0) AS "leadExtra",
      ${['project_key', 'repository_full_name', 'title', 'url', 'author_name', 'waiting_for', 'waiting_since'].join(', ')}
    FROM pull_request_facts WHERE ${people('author_is_bot')}`);
  await database.run(`CREATE TEMP TABLE report_answers AS
    SELECT repository_id::DOUBLE AS repository_id, project_key, repository_full_name, reviewer_id, reviewer_name,
      ${day(`CAST(first_response_at AT TIME ZONE ${literal(zone)} AS DATE)`)} AS day
    FROM reviews WHERE ${people('reviewer_is_bot')}`);
  await database.run(`CREATE TEMP TABLE report_reviewers AS
    SELECT reviewer_id, coalesce(any_value(reviewer_name), '?') AS name, row_number() OVER (ORDER BY count(*) DESC, hash(reviewer_id)) - 1 AS place
    FROM report_answers GROUP BY reviewer_id`);
  await database.run(`CREATE TEMP TABLE report_reviews AS
    SELECT repository_id, day, place::INTEGER AS reviewer FROM report_answers JOIN report_reviewers USING (reviewer_id)`);
  await database.run(`CREATE TEMP TABLE report_deployments AS
    SELECT repository_id::DOUBLE AS repository_id, project_key, repository_full_name, ${day('deployed_on')} AS day,
      CASE state WHEN 'SUCCESSFUL' THEN 0 WHEN 'FAILED' THEN 1 ELSE 2 END AS outcome, is_failure::INTEGER AS "isFailure",
      ${seconds('restore_hours')} AS restore
    FROM deployment_facts WHERE is_production`);
}

/** Those that have something to show. Those of a person bear the login name: a name, which is told only where people are named. */
async function readRepositories(database: Database, byPerson: boolean): Promise<RepositoryName[]> {
  const tables = ['report_pull_requests', 'report_answers', 'report_deployments'];
  const rows = await database.query(
    `SELECT repository_id, any_value(repository_full_name) AS name, any_value(project_key) AS project
     FROM (${tables.map((table) => `SELECT repository_id, repository_full_name, project_key FROM ${table}`).join(' UNION ALL ')})
     GROUP BY repository_id ORDER BY lower(name), repository_id`,
  );
  return rows.map((row) => {
    const id = Number(row['repository_id']);
    const project = textOf(row['project']) ?? '';
    if (!byPerson && isPersonal(project)) return { id, name: `Personal repository ${id}`, project: PERSONAL };
    return { id, name: textOf(row['name']) ?? `Repository ${id}`, project };
  });
}

async function readWaiting(database: Database, place: ReadonlyMap<number, number>, byPerson: boolean): Promise<Waiting[]> {
  const rows =
    await database.query(`SELECT repository_id, project_key, pull_request_id::DOUBLE AS id, title, url, author_name, waiting_for,
      epoch_ms(waiting_since)::DOUBLE AS since
    FROM report_pull_requests WHERE state = 0 AND waiting_since IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY repository_id ORDER BY waiting_since, pull_request_id) <= ${MOST_WAITING}
    ORDER BY waiting_since, repository_full_name, pull_request_id LIMIT ${MOST_WAITING_IN_ALL}`);
  return rows.map((row) => ({
    repository: place.get(Number(row['repository_id'])) ?? 0,
    id: Number(row['id']),
    title: shortened(textOf(row['title']) ?? ''),
    url: byPerson || !isPersonal(textOf(row['project_key']) ?? '') ? textOf(row['url']) : null,
    turn: String(row['waiting_for']),
    since: Number(row['since']),
    author: byPerson ? textOf(row['author_name']) : null,
  }));
}

function isPersonal(project: string): boolean {
  return project.startsWith('~');
}

/** The columns without those for people; the repository becomes an index later. */
function numbersOf(names: readonly string[]): string {
  return ['repository_id', ...names.filter((name) => name !== 'repository').map((name) => `"${name}"`)].join(', ');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function shortened(title: string): string {
  const characters = Array.from(title);
  return characters.length <= LONGEST_TITLE ? title : `${characters.slice(0, LONGEST_TITLE).join('').trimEnd()}…`;
}

function columnsOf<Names extends readonly string[]>(
  rows: Rows,
  place: ReadonlyMap<number, number>,
  names: Names,
): Readonly<Record<Names[number], Float64Array>> {
  const ordered = rows
    .map((row) => ({ repository: place.get(Number(row['repository_id'])) ?? 0, row }))
    .sort((a, b) => a.repository - b.repository);
  const columns = names.map((name) => [
    name,
    Float64Array.from(ordered, ({ repository, row }) => (name === 'repository' ? repository : Number(row[name]))),
  ]);
  return Object.fromEntries(columns) as Readonly<Record<Names[number], Float64Array>>;
}
