-- Which merged changes were the largest?
SELECT r.full_name, q.id, q.title, d.file_count, d.additions, d.deletions
FROM pull_request_diffs AS d
JOIN repositories AS r ON r.id = d.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = d.repository_id AND q.id = d.pull_request_id AND q.deleted_at IS NULL
WHERE q.state = 'MERGED' AND d.deleted_at IS NULL ORDER BY d.additions + d.deletions DESC LIMIT 20;

-- How large is a pull request, usually?
SELECT r.full_name, median(d.additions + d.deletions) AS median_lines, max(d.file_count) AS most_files
FROM pull_request_diffs AS d
JOIN repositories AS r ON r.id = d.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = d.repository_id AND q.id = d.pull_request_id AND q.deleted_at IS NULL
WHERE d.deleted_at IS NULL GROUP BY ALL ORDER BY median_lines DESC;

-- Which files change the most often?
SELECT full_name, json_extract_string(file, '$.path') AS path, count(*) AS pull_requests
FROM (
  SELECT r.full_name, unnest(from_json(d.files, '["JSON"]')) AS file
  FROM pull_request_diffs AS d
  JOIN repositories AS r ON r.id = d.repository_id AND r.deleted_at IS NULL
  JOIN pull_requests AS q ON q.repository_id = d.repository_id AND q.id = d.pull_request_id AND q.deleted_at IS NULL
  WHERE d.deleted_at IS NULL
)
GROUP BY ALL ORDER BY 3 DESC, path LIMIT 20;

-- Does a large change take longer?
SELECT CASE WHEN d.additions + d.deletions < 50 THEN '1: below 50 lines' WHEN d.additions + d.deletions < 400 THEN '2: below 400' ELSE '3: larger' END AS size,
  count(*) AS merged, round(median(date_diff('minute', q.created_date, q.closed_date)) / 60, 1) AS median_hours
FROM pull_request_diffs AS d
JOIN repositories AS r ON r.id = d.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = d.repository_id AND q.id = d.pull_request_id AND q.deleted_at IS NULL
WHERE q.state = 'MERGED' AND d.deleted_at IS NULL GROUP BY ALL ORDER BY size;

-- Of which changes are the counts lower bounds?
SELECT r.full_name, d.pull_request_id, d.file_count, d.additions, d.deletions
FROM pull_request_diffs AS d
JOIN repositories AS r ON r.id = d.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = d.repository_id AND q.id = d.pull_request_id AND q.deleted_at IS NULL
WHERE d.truncated AND d.deleted_at IS NULL ORDER BY 1, 2;
