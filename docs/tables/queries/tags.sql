-- Which tags does each repository have, the newest first?
SELECT repository_full_name, name, changed_at FROM tags WHERE deleted_at IS NULL ORDER BY repository_full_name, changed_at DESC;

-- How many are annotated?
SELECT repository_full_name, count(*) FILTER (annotated) AS annotated, count(*) FILTER (NOT annotated) AS lightweight
FROM tags WHERE deleted_at IS NULL GROUP BY ALL ORDER BY 1;

-- When was each tagged commit made?
SELECT t.repository_full_name, t.name, c.committer_date
FROM tags AS t JOIN commits AS c ON c.repository_id = t.repository_id AND c.id = t.commit_id
WHERE t.deleted_at IS NULL ORDER BY c.committer_date DESC;

-- Which tags stand for a release, by their name?
SELECT repository_full_name, name, commit_id FROM tags
WHERE regexp_matches(name, '^v?\d+\.\d+') AND deleted_at IS NULL ORDER BY 1, 2;

-- Which tags were deleted?
SELECT repository_full_name, id, deleted_at FROM tags WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC;
