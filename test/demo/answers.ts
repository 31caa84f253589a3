/** A question that people ask of their pull requests, and the SQL that answers it on the tables of a sync. */
export interface Question {
  readonly question: string;
  readonly sql: string;
}

/** The three that the demo answers. */
export const QUESTIONS: readonly Question[] = [
  {
    question: 'How long until the first review, and until the merge? (median hours from opening)',
    sql: `
      WITH reviewed AS (
        SELECT p.repository_id, p.id, p.created_date, min(a.created_date) AS first_review_at
        FROM pull_requests p JOIN pull_request_activities a ON a.repository_id = p.repository_id AND a.pull_request_id = p.id
        WHERE a.action IN ('APPROVED', 'REVIEWED', 'COMMENTED') AND a.user_id <> p.author_id
          AND p.deleted_at IS NULL AND a.deleted_at IS NULL
        GROUP BY ALL
      )
      SELECT
        (SELECT round(median(epoch(first_review_at - created_date)) / 3600, 1) FROM reviewed) AS "hours to first review",
        (SELECT count(*) FROM reviewed) AS "reviewed",
        (SELECT round(median(epoch(closed_date - created_date)) / 3600, 1) FROM pull_requests WHERE state = 'MERGED' AND deleted_at IS NULL) AS "hours to merge",
        (SELECT count(*) FROM pull_requests WHERE state = 'MERGED' AND deleted_at IS NULL) AS "merged"`,
  },
  {
    question: 'How many pull requests are there, per repository and state?',
    sql: `
      SELECT r.full_name AS repository,
        count(*) FILTER (p.state = 'OPEN') AS open,
        count(*) FILTER (p.state = 'MERGED') AS merged,
        count(*) FILTER (p.state = 'DECLINED') AS declined
      FROM pull_requests p JOIN repositories r ON r.id = p.repository_id
      WHERE p.deleted_at IS NULL AND r.deleted_at IS NULL
      GROUP BY ALL ORDER BY count(*) DESC, repository`,
  },
  {
    question: 'Which five merged changes were the largest?',
    sql: `
      SELECT r.full_name || ' #' || p.id AS "pull request", if(length(p.title) > 36, left(p.title, 35) || '…', p.title) AS title,
        d.file_count AS files, d.additions AS added, d.deletions AS removed
      FROM pull_request_diffs d
      JOIN pull_requests p ON p.repository_id = d.repository_id AND p.id = d.pull_request_id
      JOIN repositories r ON r.id = d.repository_id
      WHERE p.state = 'MERGED' AND d.deleted_at IS NULL AND p.deleted_at IS NULL
      ORDER BY d.additions + d.deletions DESC, 1 LIMIT 5`,
  },
];

/** Rows per stream, and how many of them were read at or after an instant (epoch milliseconds). */
export function landed(streams: readonly string[], since: number): string {
  return streams
    .map(
      (stream, index) => `SELECT ${index} AS place, '${stream}' AS stream, count(*) AS "rows", count(deleted_at) AS deleted,
        count(*) FILTER (_extracted_at >= make_timestamptz(${since * 1000})) AS fresh FROM ${stream}`,
    )
    .join(' UNION ALL ')
    .replace(/^(.*)$/s, 'SELECT * EXCLUDE (place) FROM ($1) ORDER BY place');
}
