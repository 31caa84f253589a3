-- How many commits does a pull request have?
SELECT r.full_name, c.pull_request_id, count(*) AS commits
FROM pull_request_commits AS c
JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = c.repository_id AND q.id = c.pull_request_id AND q.deleted_at IS NULL
WHERE c.deleted_at IS NULL GROUP BY ALL ORDER BY commits DESC LIMIT 20;

-- How long was the work under way before the pull request was opened?
SELECT r.full_name, q.id, q.title, round(date_diff('minute', min(c.author_date), q.created_date) / 60, 1) AS hours
FROM pull_request_commits AS c
JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = c.repository_id AND q.id = c.pull_request_id AND q.deleted_at IS NULL
WHERE c.deleted_at IS NULL GROUP BY r.full_name, q.id, q.title, q.created_date ORDER BY hours DESC LIMIT 20;

-- Which pull requests hold commits of several authors?
SELECT r.full_name, c.pull_request_id, count(DISTINCT c.author_email) AS authors
FROM pull_request_commits AS c
JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = c.repository_id AND q.id = c.pull_request_id AND q.deleted_at IS NULL
WHERE c.deleted_at IS NULL GROUP BY ALL HAVING authors > 1 ORDER BY authors DESC, 1, 2;

-- Whose commits could not be mapped to an account?
SELECT c.author_name, c.author_email, count(*) AS commits
FROM pull_request_commits AS c
JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = c.repository_id AND q.id = c.pull_request_id AND q.deleted_at IS NULL
WHERE c.author_id IS NULL AND c.deleted_at IS NULL GROUP BY ALL ORDER BY commits DESC, 1, 2;

-- What was removed from pull requests by a force push?
SELECT r.full_name, c.pull_request_id, c.id, c.deleted_at
FROM pull_request_commits AS c
JOIN repositories AS r ON r.id = c.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.repository_id = c.repository_id AND q.id = c.pull_request_id AND q.deleted_at IS NULL
WHERE c.deleted_at IS NOT NULL ORDER BY c.deleted_at DESC LIMIT 20;
