-- Which are open, the oldest first?
SELECT r.full_name, q.id, q.title, q.created_date, q.source_branch, q.target_branch
FROM pull_requests AS q JOIN repositories AS r ON r.id = q.repository_id AND r.deleted_at IS NULL
WHERE q.state = 'OPEN' AND q.deleted_at IS NULL ORDER BY q.created_date;

-- How many were merged and declined in each month, and how long did it take?
SELECT date_trunc('month', q.closed_date) AS month, q.state, count(*) AS pull_requests,
  round(median(date_diff('minute', q.created_date, q.closed_date)) / 60, 1) AS median_hours
FROM pull_requests AS q JOIN repositories AS r ON r.id = q.repository_id AND r.deleted_at IS NULL
WHERE q.closed_date IS NOT NULL AND q.deleted_at IS NULL GROUP BY ALL ORDER BY month, q.state;

-- Whose review is awaited?
SELECT json_extract_string(reviewer, '$.user.displayName') AS reviewer, count(*) AS waiting
FROM (
  SELECT unnest(from_json(q.reviewers, '["JSON"]')) AS reviewer
  FROM pull_requests AS q JOIN repositories AS r ON r.id = q.repository_id AND r.deleted_at IS NULL
  WHERE q.state = 'OPEN' AND q.deleted_at IS NULL
)
WHERE json_extract_string(reviewer, '$.status') = 'UNAPPROVED' GROUP BY ALL ORDER BY waiting DESC, reviewer;

-- Which open ones have open tasks or no reviewer?
SELECT r.full_name, q.id, q.title, q.open_task_count, json_array_length(q.reviewers) AS reviewers
FROM pull_requests AS q JOIN repositories AS r ON r.id = q.repository_id AND r.deleted_at IS NULL
WHERE q.state = 'OPEN' AND q.deleted_at IS NULL AND (q.open_task_count > 0 OR json_array_length(q.reviewers) = 0)
ORDER BY q.open_task_count DESC;

-- Which branches do changes go to?
SELECT r.full_name, q.target_branch, count(*) AS pull_requests
FROM pull_requests AS q JOIN repositories AS r ON r.id = q.repository_id AND r.deleted_at IS NULL
WHERE q.deleted_at IS NULL GROUP BY ALL ORDER BY 3 DESC, 1, 2;
