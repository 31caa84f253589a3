-- How often does what happen?
SELECT a.action, count(*) AS times
FROM pull_request_activities AS a
JOIN repositories AS r ON r.id = a.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = a.repository_id AND q.id = a.pull_request_id AND q.deleted_at IS NULL
WHERE a.deleted_at IS NULL GROUP BY ALL ORDER BY times DESC;

-- How long until the first review, per repository?
SELECT r.full_name, round(median(date_diff('minute', f.created_date, f.reviewed_at)) / 60, 1) AS median_hours
FROM (
  SELECT q.repository_id, q.id, q.created_date, min(a.created_date) AS reviewed_at
  FROM pull_request_activities AS a
  JOIN pull_requests AS q ON q.repository_id = a.repository_id AND q.id = a.pull_request_id AND q.deleted_at IS NULL
  WHERE a.action IN ('APPROVED', 'REVIEWED', 'COMMENTED') AND a.user_id IS DISTINCT FROM q.author_id AND a.deleted_at IS NULL
  GROUP BY ALL
) AS f
JOIN repositories AS r ON r.id = f.repository_id AND r.deleted_at IS NULL
GROUP BY ALL ORDER BY median_hours DESC;

-- Who reviews whose work?
SELECT coalesce(u.display_name, json_extract_string(a.user, '$.displayName')) AS reviewer,
  coalesce(w.display_name, json_extract_string(q.author, '$.user.displayName')) AS author, count(*) AS reviews
FROM pull_request_activities AS a
JOIN repositories AS r ON r.id = a.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = a.repository_id AND q.id = a.pull_request_id AND q.deleted_at IS NULL
LEFT JOIN users AS u ON u.id = a.user_id
LEFT JOIN users AS w ON w.id = q.author_id
WHERE a.action IN ('APPROVED', 'REVIEWED') AND a.deleted_at IS NULL GROUP BY ALL ORDER BY reviews DESC, 1, 2;

-- Which files are commented on the most?
SELECT r.full_name, json_extract_string(a.comment_anchor, '$.path') AS path, count(*) AS comments
FROM pull_request_activities AS a
JOIN repositories AS r ON r.id = a.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = a.repository_id AND q.id = a.pull_request_id AND q.deleted_at IS NULL
WHERE a.action = 'COMMENTED' AND a.comment_anchor IS NOT NULL AND a.deleted_at IS NULL
GROUP BY ALL ORDER BY comments DESC, path LIMIT 20;

-- How many pushes followed the opening of each pull request?
SELECT r.full_name, a.pull_request_id, count(*) AS pushes
FROM pull_request_activities AS a
JOIN repositories AS r ON r.id = a.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = a.repository_id AND q.id = a.pull_request_id AND q.deleted_at IS NULL
WHERE a.action = 'RESCOPED' AND a.previous_from_hash <> a.from_hash AND a.deleted_at IS NULL
GROUP BY ALL ORDER BY pushes DESC LIMIT 20;
