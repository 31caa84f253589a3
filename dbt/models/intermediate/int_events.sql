-- The life of pull requests, one row per event: opening, pushes, changes of state, comments and replies, approvals, "needs work".
with events as (
  select
    server,
    repository_id,
    pull_request_id,
    case
      when action = 'REVIEWED' then 'NEEDS_WORK'
      when action = 'REVIEW_FINISHED' then 'FINISHED'
      when action = 'RESCOPED' then 'PUSHED'
      when action like '%DRAFT%' then 'DRAFT_CHANGED'
      else action
    end as kind,
    user_id,
    created_date as happened_at
  from {{ ref('stg_pull_request_activities') }}
  where action in ('OPENED', 'APPROVED', 'REVIEWED', 'REVIEW_FINISHED', 'REOPENED', 'MERGED')
    or (action = 'RESCOPED' and from_hash is distinct from previous_from_hash)
    or action like '%DRAFT%'
  union all
  select server, repository_id, pull_request_id, 'COMMENTED' as kind, author_id as user_id, created_at as happened_at
  from {{ ref('int_comments') }}
  where coalesce(state, 'OPEN') <> 'PENDING'
)
select
  events.server,
  events.repository_id,
  events.pull_request_id,
  events.kind,
  events.user_id,
  events.happened_at,
  bot.user_id is not null as is_bot,
  settings.include_bots or bot.user_id is null as counts,
  coalesce(events.user_id = pull_request.author_id, false) as is_by_author,
  coalesce(
    events.kind in ('COMMENTED', 'APPROVED', 'NEEDS_WORK', 'FINISHED')
      and events.user_id is not null
      and events.user_id is distinct from pull_request.author_id,
    false
  ) as is_review,
  coalesce(events.happened_at <= pull_request.closed_date, true) as before_close
from events
join {{ ref('stg_pull_requests') }} as pull_request
  on pull_request.server = events.server
  and pull_request.repository_id = events.repository_id
  and pull_request.id = events.pull_request_id
left join {{ ref('int_bots') }} as bot
  on bot.server = events.server and bot.user_id = events.user_id
cross join {{ ref('bitbucket_settings') }} as settings
