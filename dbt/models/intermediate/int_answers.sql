-- What each person answered to each pull request of somebody else.
select
  server,
  repository_id,
  pull_request_id,
  user_id as reviewer_id,
  min(happened_at) as first_response_at,
  max(happened_at) as last_response_at,
  min(happened_at) filter (where kind = 'COMMENTED') as first_comment_at,
  min(happened_at) filter (where kind = 'APPROVED') as first_approval_at,
  count(*) filter (where kind = 'APPROVED') as approval_count,
  count(*) filter (where kind = 'NEEDS_WORK') as needs_work_count,
  count(*) filter (where kind = 'COMMENTED') as comment_count
from {{ ref('int_events') }}
where is_review
group by server, repository_id, pull_request_id, user_id
