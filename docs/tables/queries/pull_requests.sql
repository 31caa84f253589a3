-- Which are open, the oldest first?
SELECT repository_full_name, id, title, created_date, source_branch, target_branch
FROM pull_requests WHERE state = 'OPEN' AND deleted_at IS NULL ORDER BY created_date;

-- How many were merged and declined in each month, and how long did it take?
SELECT date_trunc('month', closed_date) AS month, state, count(*) AS pull_requests,
  round(median(date_diff('minute', created_date, closed_date)) / 60, 1) AS median_hours
FROM pull_requests WHERE closed_date IS NOT NULL AND deleted_at IS NULL GROUP BY ALL ORDER BY month, state;

-- Whose review is awaited?
SELECT json_extract_string(reviewer, '$.user.displayName') AS reviewer, count(*) AS waiting
FROM (SELECT unnest(from_json(reviewers, '["JSON"]')) AS reviewer FROM pull_requests WHERE state = 'OPEN' AND deleted_at IS NULL)
WHERE json_extract_string(reviewer, '$.status') = 'UNAPPROVED' GROUP BY ALL ORDER BY waiting DESC, reviewer;

-- Which open ones have open tasks or no reviewer?
SELECT repository_full_name, id, title, open_task_count, json_array_length(reviewers) AS reviewers
FROM pull_requests WHERE state = 'OPEN' AND deleted_at IS NULL AND (open_task_count > 0 OR json_array_length(reviewers) = 0)
ORDER BY open_task_count DESC;

-- Which branches do changes go to?
SELECT repository_full_name, target_branch, count(*) AS pull_requests
FROM pull_requests WHERE deleted_at IS NULL GROUP BY ALL ORDER BY pull_requests DESC, 1, 2;
