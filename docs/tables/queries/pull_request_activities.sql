-- How often does what happen?
SELECT action, count(*) AS times FROM pull_request_activities WHERE deleted_at IS NULL GROUP BY ALL ORDER BY times DESC;

-- How long until the first review, per repository?
SELECT q.repository_full_name, round(median(date_diff('minute', q.created_date, f.reviewed_at)) / 60, 1) AS median_hours
FROM pull_requests AS q
JOIN (
  SELECT a.repository_id, a.pull_request_id, min(a.created_date) AS reviewed_at
  FROM pull_request_activities AS a
  JOIN pull_requests AS p ON p.repository_id = a.repository_id AND p.id = a.pull_request_id
  WHERE a.action IN ('APPROVED', 'REVIEWED', 'COMMENTED') AND a.user_id IS DISTINCT FROM p.author_id AND a.deleted_at IS NULL
  GROUP BY ALL
) AS f ON f.repository_id = q.repository_id AND f.pull_request_id = q.id
WHERE q.deleted_at IS NULL GROUP BY ALL ORDER BY median_hours DESC;

-- Who reviews whose work?
SELECT u.display_name AS reviewer, w.display_name AS author, count(*) AS reviews
FROM pull_request_activities AS a
JOIN pull_requests AS q ON q.repository_id = a.repository_id AND q.id = a.pull_request_id AND q.deleted_at IS NULL
JOIN users AS u ON u.id = a.user_id
JOIN users AS w ON w.id = q.author_id
WHERE a.action IN ('APPROVED', 'REVIEWED') AND a.deleted_at IS NULL GROUP BY ALL ORDER BY reviews DESC, 1, 2;

-- Which files are commented on the most?
SELECT a.repository_full_name, json_extract_string(a.comment_anchor, '$.path') AS path, count(*) AS comments
FROM pull_request_activities AS a
JOIN pull_requests AS q ON q.repository_id = a.repository_id AND q.id = a.pull_request_id AND q.deleted_at IS NULL
WHERE a.action = 'COMMENTED' AND a.comment_anchor IS NOT NULL AND a.deleted_at IS NULL
GROUP BY ALL ORDER BY comments DESC, path LIMIT 20;

-- How many pushes followed the opening of each pull request?
SELECT a.repository_full_name, a.pull_request_id, count(*) AS pushes
FROM pull_request_activities AS a
JOIN pull_requests AS q ON q.repository_id = a.repository_id AND q.id = a.pull_request_id AND q.deleted_at IS NULL
WHERE a.action = 'RESCOPED' AND a.deleted_at IS NULL GROUP BY ALL ORDER BY pushes DESC LIMIT 20;
