-- Which projects are there, and who may see them?
SELECT key, name, CASE WHEN public THEN 'everybody' ELSE 'those with a permission' END AS visible_to
FROM projects WHERE deleted_at IS NULL ORDER BY key;

-- How many repositories does each project have?
SELECT p.key, p.name, count(r.id) AS repositories
FROM projects AS p LEFT JOIN repositories AS r ON r.project_id = p.id AND r.deleted_at IS NULL
WHERE p.deleted_at IS NULL GROUP BY ALL ORDER BY repositories DESC, p.key;

-- Whose personal projects are there?
SELECT key, json_extract_string(owner, '$.displayName') AS owner
FROM projects WHERE type = 'PERSONAL' AND deleted_at IS NULL ORDER BY key;

-- What became of projects in the last 30 days?
SELECT key, name, changed_at, CASE WHEN deleted_at IS NULL THEN 'new or changed' ELSE 'gone' END AS what
FROM projects WHERE changed_at > now() - INTERVAL 30 DAYS ORDER BY changed_at DESC;

-- Which projects have had no pull request for a year?
SELECT p.key, p.name, max(q.updated_date) AS last_update
FROM projects AS p
LEFT JOIN repositories AS r ON r.project_id = p.id AND r.deleted_at IS NULL
LEFT JOIN pull_requests AS q ON q.repository_id = r.id AND q.deleted_at IS NULL
WHERE p.deleted_at IS NULL GROUP BY ALL
HAVING coalesce(max(q.updated_date) < now() - INTERVAL 1 YEAR, true) ORDER BY last_update NULLS FIRST, p.key;
