select
  {{ dx_id('fact.server', 'fact.repository_id', 'fact.pull_request_id') }} as id,
  fact.pull_request_id as source_id,
  {{ dx_id('fact.server', 'fact.repository_id') }} as repository_id,
  {{ dx_id('fact.server', 'fact.author_id') }} as user_id,
  {{ dx_id('fact.server', 'fact.merged_by_id') }} as merged_by_user_id,
  fact.url as source_url,
  fact.title,
  pull_request.description,
  fact.state,
  fact.merged_at,
  fact.source_branch,
  fact.target_branch,
  fact.merge_commit as merge_commit_sha,
  fact.is_draft as draft,
  case when fact.ready_at > fact.opened_at then {{ local_day('fact.ready_at', "'UTC'") }} end as ready_for_review,
  fact.opened_at as created_at,
  fact.updated_at,
  fact.closed_at,
  cast(null as timestamptz) as deleted_at,
  pull_request._extracted_at as synced_at,
  {{ seconds_between('fact.opened_at', 'fact.merged_at') }} as open_to_merge,
  {{ seconds_between('fact.opened_at', 'fact.first_review_at') }} as open_to_first_review,
  {{ seconds_between('fact.opened_at', 'fact.first_approval_at') }} as open_to_first_approval,
  fact.additions,
  fact.deletions,
  fact.author_is_bot as bot_authored
from {{ ref('pull_request_facts') }} as fact
join {{ ref('stg_pull_requests') }} as pull_request
  on pull_request.server = fact.server
  and pull_request.repository_id = fact.repository_id
  and pull_request.id = fact.pull_request_id
