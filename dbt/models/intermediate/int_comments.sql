-- Every comment and reply: one row each, also where Bitbucket tells of it in more than one activity.
with ranked as (
  select
    comment_.*,
    row_number() over (
      partition by server, repository_id, pull_request_id, comment_id
      order by activity_id desc, depth
    ) as row_rank
  from {{ ref('int_comment_rows') }} as comment_
)
select
  server,
  repository_id,
  pull_request_id,
  comment_id,
  activity_id,
  thread_id,
  parent_id,
  depth,
  author_id,
  created_at,
  updated_at,
  text,
  severity,
  state,
  resolver_id,
  resolved_at,
  thread_resolved,
  path,
  line
from ranked
where row_rank = 1
