-- How do builds end?
SELECT r.full_name, b.state, count(*) AS builds
FROM builds AS b JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
WHERE b.deleted_at IS NULL GROUP BY ALL ORDER BY 1, builds DESC;

-- Which pull requests cannot be merged because a build failed?
SELECT r.full_name, q.id, q.title, b.key, b.url
FROM pull_requests AS q
JOIN repositories AS r ON r.id = q.repository_id AND r.deleted_at IS NULL
JOIN builds AS b ON b.repository_id = q.repository_id AND b.commit_id = q.source_commit AND b.state = 'FAILED'
WHERE q.state = 'OPEN' AND q.deleted_at IS NULL AND b.deleted_at IS NULL ORDER BY 1, 2;

-- How often was what deployed?
SELECT b.environment, r.full_name, count(*) FILTER (b.state = 'SUCCESSFUL') AS succeeded, count(*) FILTER (b.state = 'FAILED') AS failed
FROM builds AS b JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
WHERE b.is_deployment AND b.deleted_at IS NULL GROUP BY ALL ORDER BY 1, 2;

-- How long do builds take, and how many tests run? (with build_details)
SELECT b.key, round(median(b.duration_ms) / 60000, 1) AS median_minutes, max(b.tests_successful) AS tests
FROM builds AS b JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
WHERE b.duration_ms IS NOT NULL AND b.deleted_at IS NULL GROUP BY ALL ORDER BY median_minutes DESC;

-- Which builds have been running for more than a day?
SELECT r.full_name, b.commit_id, b.key, b.date_added
FROM builds AS b JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
WHERE b.state = 'INPROGRESS' AND b.date_added < now() - INTERVAL 1 DAY AND b.deleted_at IS NULL ORDER BY b.date_added;
