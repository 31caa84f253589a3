select
  {{ dx_id('review.server', 'review.repository_id', 'review.pull_request_id', 'review.reviewer_id') }} as id,
  cast(null as bigint) as source_id,
  {{ dx_id('review.server', 'review.repository_id', 'review.pull_request_id') }} as pull_id,
  {{ dx_id('review.server', 'review.reviewer_id') }} as user_id,
  {{ seconds_between('pull_request.created_date', 'review.first_response_at') }} as time_since_request,
  case review.outcome when 'NEEDS_WORK' then 'DECLINED' else review.outcome end as state,
  review.comment_count,
  review.first_response_at as created_at,
  review.last_response_at as updated_at
from {{ ref('reviews') }} as review
join {{ ref('stg_pull_requests') }} as pull_request
  on pull_request.server = review.server
  and pull_request.repository_id = review.repository_id
  and pull_request.id = review.pull_request_id
