-- Every comment and reply on a pull request that exists, one row each.
select
  comment_.server,
  comment_.repository_id,
  comment_.pull_request_id,
  comment_.comment_id,
  comment_.thread_id,
  comment_.parent_id,
  comment_.depth,
  comment_.depth > 0 as is_reply,
  repository.full_name as repository_full_name,
  comment_.author_id,
  coalesce(author.display_name, author.name) as author_name,
  coalesce(author.is_bot, false) as author_is_bot,
  coalesce(comment_.author_id = pull_request.author_id, false) as is_by_author,
  comment_.created_at,
  comment_.updated_at,
  comment_.text,
  comment_.path,
  comment_.line,
  comment_.path is not null as is_inline,
  coalesce(comment_.severity = 'BLOCKER', false) as is_task,
  comment_.state,
  comment_.resolver_id,
  comment_.resolved_at,
  comment_.thread_resolved
from {{ ref('int_comments') }} as comment_
join {{ ref('stg_pull_requests') }} as pull_request
  on pull_request.server = comment_.server
  and pull_request.repository_id = comment_.repository_id
  and pull_request.id = comment_.pull_request_id
left join {{ ref('repositories') }} as repository
  on repository.server = comment_.server and repository.repository_id = comment_.repository_id
left join {{ ref('int_people') }} as author
  on author.server = comment_.server and author.user_id = comment_.author_id
