-- What others than the author wrote on a pull request.
select
  comment_.server,
  comment_.repository_id,
  comment_.pull_request_id,
  comment_.comment_id,
  comment_.thread_id,
  comment_.parent_id,
  comment_.is_reply,
  comment_.repository_full_name,
  comment_.author_id as reviewer_id,
  comment_.author_name as reviewer_name,
  comment_.author_is_bot as reviewer_is_bot,
  comment_.created_at,
  comment_.text,
  comment_.path,
  comment_.line,
  comment_.is_inline,
  comment_.is_task,
  comment_.state,
  comment_.resolved_at,
  {{ hours_between('pull_request.created_date', 'comment_.created_at') }} as hours_since_opened
from {{ ref('pull_request_comments') }} as comment_
join {{ ref('stg_pull_requests') }} as pull_request
  on pull_request.server = comment_.server
  and pull_request.repository_id = comment_.repository_id
  and pull_request.id = comment_.pull_request_id
where not comment_.is_by_author
  and coalesce(comment_.state, 'OPEN') <> 'PENDING'
