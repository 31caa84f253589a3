-- What somebody else than the author did about a change: a comment or a reply, an approval, "needs work".
with events as (
  select
    server,
    repository_id,
    pull_request_id,
    user_id as reviewer_id,
    case action when 'APPROVED' then 'APPROVED' when 'REVIEWED' then 'NEEDS_WORK' else 'FINISHED' end as kind,
    created_date as happened_at
  from {{ ref('stg_pull_request_activities') }}
  where action in ('APPROVED', 'REVIEWED', 'REVIEW_FINISHED') and user_id is not null
  union all
  select
    server,
    repository_id,
    pull_request_id,
    author_id as reviewer_id,
    'COMMENTED' as kind,
    created_at as happened_at
  from {{ ref('int_comments') }}
  where author_id is not null and coalesce(state, 'OPEN') <> 'PENDING'
)
select
  events.server,
  events.repository_id,
  events.pull_request_id,
  events.reviewer_id,
  events.kind,
  events.happened_at,
  coalesce(people.is_bot, false) as is_bot,
  settings.include_bots or not coalesce(people.is_bot, false) as counts,
  coalesce(events.happened_at <= pull_request.closed_date, true) as before_close
from events
join {{ ref('stg_pull_requests') }} as pull_request
  on pull_request.server = events.server
  and pull_request.repository_id = events.repository_id
  and pull_request.id = events.pull_request_id
  and pull_request.author_id is distinct from events.reviewer_id
left join {{ ref('int_people') }} as people
  on people.server = events.server and people.user_id = events.reviewer_id
cross join {{ ref('bitbucket_settings') }} as settings
