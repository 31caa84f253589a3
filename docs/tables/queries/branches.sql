-- How many branches does each repository have?
SELECT r.full_name, count(*) AS branches
FROM branches AS b JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
WHERE b.deleted_at IS NULL GROUP BY ALL ORDER BY branches DESC, 1;

-- Which branches have not moved for three months?
SELECT r.full_name, b.name, c.committer_date AS last_commit
FROM branches AS b
JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
LEFT JOIN commits AS c ON c.repository_id = b.repository_id AND c.id = b.commit_id
WHERE b.deleted_at IS NULL AND coalesce(c.committer_date, b.changed_at) < now() - INTERVAL 3 MONTHS ORDER BY last_commit;

-- Which branches were merged, but are still there?
SELECT r.full_name, b.name, q.id AS pull_request, q.closed_date
FROM branches AS b
JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
JOIN pull_requests AS q ON q.source_repository_id = b.repository_id AND q.source_branch = b.name AND q.state = 'MERGED'
WHERE b.deleted_at IS NULL AND q.deleted_at IS NULL AND NOT b.is_default ORDER BY q.closed_date;

-- What was deleted in the last 30 days?
SELECT r.full_name, b.id, b.deleted_at
FROM branches AS b JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
WHERE b.deleted_at > now() - INTERVAL 30 DAYS ORDER BY b.deleted_at DESC;

-- What are the default branches called?
SELECT b.name, count(*) AS repositories
FROM branches AS b JOIN repositories AS r ON r.id = b.repository_id AND r.deleted_at IS NULL
WHERE b.is_default AND b.deleted_at IS NULL GROUP BY ALL ORDER BY 2 DESC, 1;
