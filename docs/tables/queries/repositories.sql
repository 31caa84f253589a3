-- Which repositories are there, and what is their default branch?
SELECT full_name, default_branch, archived FROM repositories WHERE deleted_at IS NULL ORDER BY full_name;

-- Which are forks, and of what?
SELECT r.full_name AS fork, o.full_name AS origin
FROM repositories AS r JOIN repositories AS o ON o.id = r.origin_id
WHERE r.deleted_at IS NULL ORDER BY origin, fork;

-- Which repositories can everybody read?
SELECT r.full_name FROM repositories AS r JOIN projects AS p ON p.id = r.project_id
WHERE (r.public OR p.public) AND r.deleted_at IS NULL AND p.deleted_at IS NULL ORDER BY r.full_name;

-- How many pull requests does each have, open and in all?
SELECT r.full_name, count(*) FILTER (q.state = 'OPEN') AS open, count(q.id) AS pull_requests
FROM repositories AS r LEFT JOIN pull_requests AS q ON q.repository_id = r.id AND q.deleted_at IS NULL
WHERE r.deleted_at IS NULL GROUP BY ALL ORDER BY pull_requests DESC, r.full_name;

-- Which are gone, archived or not available?
SELECT full_name, state, archived, deleted_at FROM repositories
WHERE deleted_at IS NOT NULL OR archived OR state <> 'AVAILABLE' ORDER BY full_name;
