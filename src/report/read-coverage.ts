import type { Database } from '../warehouse/database';
import type { Coverage } from './page/facts';

/** Streams that parts of the page need, and what is missing without them. */
const NEEDED = ['pull_request_activities', 'pull_request_diffs', 'builds'];
const MOST_BOTS = 12;

/** What the file covers, and what it lacks. */
export async function readCoverage(database: Database): Promise<Coverage> {
  const [row = {}] = await database.query(`SELECT
    (SELECT count(DISTINCT project_key) FROM repositories_live)::INTEGER AS projects,
    (SELECT count(*) FROM repositories_live)::INTEGER AS repositories,
    count(*)::INTEGER AS pull_requests,
    count(*) FILTER (author_is_bot)::INTEGER AS bot_pull_requests,
    count(*) FILTER (lines_changed IS NULL)::INTEGER AS without_size,
    count(*) FILTER (review_rounds IS NULL)::INTEGER AS without_activities,
    any_value(regexp_extract(url, '^(https?://.*?)/(?:projects|users)/', 1)) FILTER (url IS NOT NULL) AS server
    FROM pull_request_facts`);
  const bots = await database.query(
    `SELECT DISTINCT name FROM (
       SELECT author_name AS name FROM pull_request_facts WHERE author_is_bot
       UNION ALL SELECT reviewer_name FROM reviews WHERE reviewer_is_bot)
     WHERE name IS NOT NULL ORDER BY name LIMIT ${MOST_BOTS}`,
  );
  const synced = new Set(
    (await database.query('SELECT stream_name FROM _airbyte_state')).map((state) => String(state['stream_name'])),
  );
  return {
    server: typeof row['server'] === 'string' ? row['server'] : '',
    projects: Number(row['projects'] ?? 0),
    repositories: Number(row['repositories'] ?? 0),
    pullRequests: Number(row['pull_requests'] ?? 0),
    bots: bots.map(({ name }) => String(name)),
    botPullRequests: Number(row['bot_pull_requests'] ?? 0),
    hasPullRequests: Number(row['pull_requests'] ?? 0) > 0 || synced.has('pull_requests'),
    missing: NEEDED.filter((stream) => !synced.has(stream)),
    withoutSize: Number(row['without_size'] ?? 0),
    withoutActivities: Number(row['without_activities'] ?? 0),
  };
}
