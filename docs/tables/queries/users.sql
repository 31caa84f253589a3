-- Who has an account, and is active?
SELECT name, display_name, email_address FROM users WHERE active AND deleted_at IS NULL ORDER BY display_name;

-- Who has left since the first sync?
SELECT name, display_name, coalesce(deleted_at, changed_at) AS seen FROM users
WHERE deleted_at IS NOT NULL OR NOT active ORDER BY seen DESC;

-- Who opens the most pull requests?
SELECT coalesce(u.display_name, json_extract_string(q.author, '$.user.displayName')) AS author, count(*) AS opened
FROM pull_requests AS q
JOIN repositories AS r ON r.id = q.repository_id AND r.deleted_at IS NULL
LEFT JOIN users AS u ON u.id = q.author_id
WHERE q.deleted_at IS NULL GROUP BY ALL ORDER BY opened DESC, author LIMIT 20;

-- Who has said nothing in any pull request?
SELECT u.name, u.display_name FROM users AS u
WHERE u.active AND u.deleted_at IS NULL AND u.id NOT IN (SELECT user_id FROM pull_request_activities WHERE user_id IS NOT NULL)
ORDER BY u.name;

-- Which directories do the accounts come from?
SELECT coalesce(directory_name, 'not told') AS directory, count(*) AS accounts
FROM users WHERE deleted_at IS NULL GROUP BY ALL ORDER BY accounts DESC;
