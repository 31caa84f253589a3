-- Pull requests that exist, with today's names of repository, project and author.
select
  pull_request.server,
  pull_request.repository_id,
  pull_request.id as pull_request_id,
  repository.project_id,
  repository.project_key,
  repository.project_name,
  repository.slug as repository_slug,
  repository.full_name as repository_full_name,
  pull_request.title,
  pull_request.description,
  pull_request.state,
  coalesce(pull_request.draft, false) as is_draft,
  pull_request.author_id,
  coalesce(author.display_name, author.name) as author_name,
  coalesce(author.is_bot, false) as author_is_bot,
  pull_request.source_branch,
  pull_request.target_branch,
  pull_request.source_repository_id,
  pull_request.source_commit,
  pull_request.target_commit,
  pull_request.merge_commit,
  pull_request.created_date,
  pull_request.updated_date,
  pull_request.closed_date,
  pull_request.comment_count,
  pull_request.open_task_count,
  pull_request.resolved_task_count,
  pull_request.url
from {{ ref('stg_pull_requests') }} as pull_request
left join {{ ref('repositories') }} as repository
  on repository.server = pull_request.server and repository.repository_id = pull_request.repository_id
left join {{ ref('int_people') }} as author
  on author.server = pull_request.server and author.user_id = pull_request.author_id
