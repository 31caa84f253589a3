-- One row per pull request: when its author, its reviewers and Bitbucket did what the measures are made of.
with pull_requests as (
  select server, repository_id, id as pull_request_id, author_id, draft, state, created_date, closed_date
  from {{ ref('stg_pull_requests') }}
),
authored as (
  select
    activity.server,
    activity.repository_id,
    activity.pull_request_id,
    max(activity.created_date) filter (where activity.action = 'RESCOPED' and activity.from_hash is distinct from activity.previous_from_hash) as last_push_at,
    max(activity.created_date) filter (where activity.action = 'REOPENED') as last_reopened_at,
    max(activity.created_date) filter (where activity.action like '%DRAFT%') as last_draft_change_at,
    count(*) filter (where activity.action = 'RESCOPED' and activity.from_hash is distinct from activity.previous_from_hash) as push_count,
    max(activity.user_id) filter (where activity.action = 'MERGED') as merged_by_id
  from {{ ref('stg_pull_request_activities') }} as activity
  where activity.action in ('RESCOPED', 'REOPENED', 'MERGED') or activity.action like '%DRAFT%'
  group by activity.server, activity.repository_id, activity.pull_request_id
),
comments as (
  select
    comment_.server,
    comment_.repository_id,
    comment_.pull_request_id,
    count(*) as comment_count,
    max(comment_.created_at) filter (where comment_.author_id = pull_request.author_id) as last_author_comment_at
  from {{ ref('int_comments') }} as comment_
  join {{ ref('stg_pull_requests') }} as pull_request
    on pull_request.server = comment_.server
    and pull_request.repository_id = comment_.repository_id
    and pull_request.id = comment_.pull_request_id
  where coalesce(comment_.state, 'OPEN') <> 'PENDING'
  group by comment_.server, comment_.repository_id, comment_.pull_request_id
),
reviewed as (
  select
    server,
    repository_id,
    pull_request_id,
    min(happened_at) filter (where before_close) as first_review_at,
    min(happened_at) filter (where before_close and kind = 'APPROVED') as first_approval_at,
    max(happened_at) filter (where kind = 'APPROVED') as last_approval_at,
    max(happened_at) as last_review_at,
    count(distinct reviewer_id) as reviewed_by_count,
    count(*) filter (where kind = 'COMMENTED') as review_comment_count
  from {{ ref('int_review_events') }}
  where counts
  group by server, repository_id, pull_request_id
),
steps as (
  select server, repository_id, pull_request_id, happened_at, false as is_push
  from {{ ref('int_review_events') }}
  where counts and before_close
  union all
  select server, repository_id, pull_request_id, created_date as happened_at, true as is_push
  from {{ ref('stg_pull_request_activities') }}
  where action = 'RESCOPED' and from_hash is distinct from previous_from_hash
),
versions as (
  select
    server,
    repository_id,
    pull_request_id,
    is_push,
    count(*) filter (where is_push) over (
      partition by server, repository_id, pull_request_id
      order by happened_at, is_push desc
      rows between unbounded preceding and current row
    ) as version_reviewed
  from steps
),
rounds as (
  select server, repository_id, pull_request_id, count(distinct version_reviewed) as review_rounds
  from versions
  where not is_push
  group by server, repository_id, pull_request_id
)
select
  pull_requests.server,
  pull_requests.repository_id,
  pull_requests.pull_request_id,
  case
    when coalesce(pull_requests.draft, false) then null
    else coalesce(authored.last_draft_change_at, pull_requests.created_date)
  end as ready_at,
  authored.last_push_at,
  greatest(
    pull_requests.created_date, authored.last_push_at, authored.last_reopened_at, authored.last_draft_change_at, comments.last_author_comment_at
  ) as last_author_action_at,
  coalesce(authored.push_count, 0) as push_count,
  authored.merged_by_id,
  coalesce(comments.comment_count, 0) as comment_count,
  reviewed.first_review_at,
  reviewed.first_approval_at,
  reviewed.last_approval_at,
  reviewed.last_review_at,
  coalesce(reviewed.reviewed_by_count, 0) as reviewed_by_count,
  coalesce(reviewed.review_comment_count, 0) as review_comment_count,
  coalesce(rounds.review_rounds, 0) as review_rounds
from pull_requests
left join authored
  on authored.server = pull_requests.server
  and authored.repository_id = pull_requests.repository_id
  and authored.pull_request_id = pull_requests.pull_request_id
left join comments
  on comments.server = pull_requests.server
  and comments.repository_id = pull_requests.repository_id
  and comments.pull_request_id = pull_requests.pull_request_id
left join reviewed
  on reviewed.server = pull_requests.server
  and reviewed.repository_id = pull_requests.repository_id
  and reviewed.pull_request_id = pull_requests.pull_request_id
left join rounds
  on rounds.server = pull_requests.server
  and rounds.repository_id = pull_requests.repository_id
  and rounds.pull_request_id = pull_requests.pull_request_id
