-- Which tags does each repository have, the newest first?
SELECT r.full_name, t.name, t.changed_at
FROM tags AS t JOIN repositories AS r ON r.id = t.repository_id AND r.deleted_at IS NULL
WHERE t.deleted_at IS NULL ORDER BY r.full_name, t.changed_at DESC;

-- How many are annotated?
SELECT r.full_name, count(*) FILTER (t.annotated) AS annotated, count(*) FILTER (NOT t.annotated) AS lightweight
FROM tags AS t JOIN repositories AS r ON r.id = t.repository_id AND r.deleted_at IS NULL
WHERE t.deleted_at IS NULL GROUP BY ALL ORDER BY 1;

-- When was each tagged commit made?
SELECT r.full_name, t.name, c.committer_date
FROM tags AS t
JOIN repositories AS r ON r.id = t.repository_id AND r.deleted_at IS NULL
JOIN commits AS c ON c.repository_id = t.repository_id AND c.id = t.commit_id
WHERE t.deleted_at IS NULL ORDER BY c.committer_date DESC;

-- Which tags stand for a release, by their name?
SELECT r.full_name, t.name, t.commit_id
FROM tags AS t JOIN repositories AS r ON r.id = t.repository_id AND r.deleted_at IS NULL
WHERE regexp_matches(t.name, '^v?\d+\.\d+') AND t.deleted_at IS NULL ORDER BY 1, 2;

-- Which tags were deleted?
SELECT r.full_name, t.id, t.deleted_at
FROM tags AS t JOIN repositories AS r ON r.id = t.repository_id AND r.deleted_at IS NULL
WHERE t.deleted_at IS NOT NULL ORDER BY t.deleted_at DESC;
