-- How do builds end?
SELECT repository_full_name, state, count(*) AS builds FROM builds WHERE deleted_at IS NULL GROUP BY ALL ORDER BY 1, builds DESC;

-- Which pull requests cannot be merged because a build failed?
SELECT q.repository_full_name, q.id, q.title, b.key, b.url
FROM pull_requests AS q
JOIN builds AS b ON b.repository_id = q.repository_id AND b.commit_id = q.source_commit AND b.state = 'FAILED'
WHERE q.state = 'OPEN' AND q.deleted_at IS NULL AND b.deleted_at IS NULL ORDER BY 1, 2;

-- How often was what deployed?
SELECT environment, repository_full_name, count(*) FILTER (state = 'SUCCESSFUL') AS succeeded, count(*) FILTER (state = 'FAILED') AS failed
FROM builds WHERE is_deployment AND deleted_at IS NULL GROUP BY ALL ORDER BY 1, 2;

-- How long do builds take, and how many tests run? (with build_details)
SELECT key, round(median(duration_ms) / 60000, 1) AS median_minutes, max(tests_successful) AS tests
FROM builds WHERE duration_ms IS NOT NULL AND deleted_at IS NULL GROUP BY ALL ORDER BY median_minutes DESC;

-- Which builds have been running for more than a day?
SELECT repository_full_name, commit_id, key, date_added FROM builds
WHERE state = 'INPROGRESS' AND date_added < now() - INTERVAL 1 DAY AND deleted_at IS NULL ORDER BY date_added;
