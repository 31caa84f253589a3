-- How many commits reached the default branch in each week?
SELECT r.full_name, date_trunc('week', c.committer_date) AS week, count(*) AS commits
FROM commits AS c JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
WHERE c.on_default_branch AND c.deleted_at IS NULL GROUP BY ALL ORDER BY week DESC, commits DESC;

-- Who wrote them?
SELECT c.author_name, count(*) AS commits, max(c.committer_date) AS latest
FROM commits AS c JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
WHERE NOT c.is_merge AND c.deleted_at IS NULL GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 20;

-- Which issues do they name?
SELECT json_extract_string(issue, '$') AS issue, count(*) AS commits
FROM (
  SELECT unnest(from_json(c.issue_keys, '["JSON"]')) AS issue
  FROM commits AS c JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
  WHERE c.deleted_at IS NULL
)
GROUP BY ALL ORDER BY commits DESC, issue LIMIT 20;

-- Which came to the default branch without a pull request?
SELECT r.full_name, c.id, c.author_name, c.message
FROM commits AS c
JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
WHERE c.on_default_branch AND NOT c.is_merge AND c.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM pull_request_commits AS p WHERE p.repository_id = c.repository_id AND p.id = c.id)
  AND NOT EXISTS (SELECT 1 FROM pull_requests AS q WHERE q.repository_id = c.repository_id AND q.merge_commit = c.id)
ORDER BY c.committer_date DESC LIMIT 20;

-- How long from a commit to the merge of its pull request?
SELECT r.full_name, round(median(date_diff('minute', c.author_date, q.closed_date)) / 60, 1) AS median_hours
FROM commits AS c
JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
JOIN pull_request_commits AS p ON p.repository_id = c.repository_id AND p.id = c.id AND p.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = p.repository_id AND q.id = p.pull_request_id AND q.state = 'MERGED' AND q.deleted_at IS NULL
WHERE c.deleted_at IS NULL GROUP BY ALL ORDER BY median_hours DESC;
