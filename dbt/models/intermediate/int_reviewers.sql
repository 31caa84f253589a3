-- Who was asked to review, and when: one row per pull request and person who is, or was, its reviewer.
with documents as (
  select server, repository_id, pull_request_id, user_id as changed_by_id, created_date, true as is_added, {{ json_elements('added_reviewers') }} as person
  from {{ ref('stg_pull_request_activities') }}
  where action = 'UPDATED'
  union all
  select server, repository_id, pull_request_id, user_id as changed_by_id, created_date, false as is_added, {{ json_elements('removed_reviewers') }} as person
  from {{ ref('stg_pull_request_activities') }}
  where action = 'UPDATED'
),
named as (
  select
    server,
    repository_id,
    pull_request_id,
    changed_by_id,
    created_date,
    is_added,
    cast({{ json_text('person', 'id') }} as bigint) as reviewer_id
  from documents
),
changes as (
  select
    server,
    repository_id,
    pull_request_id,
    reviewer_id,
    max(created_date) filter (where is_added) as added_at,
    max(created_date) filter (where not is_added) as removed_at,
    max(created_date) filter (where is_added and changed_by_id = reviewer_id) as added_themselves_at
  from named
  where reviewer_id is not null
  group by server, repository_id, pull_request_id, reviewer_id
),
reviewers as (
  select server, repository_id, pull_request_id, user_id as reviewer_id, status
  from {{ ref('int_participants') }}
  where role = 'REVIEWER'
),
asked as (
  select
    coalesce(reviewers.server, changes.server) as server,
    coalesce(reviewers.repository_id, changes.repository_id) as repository_id,
    coalesce(reviewers.pull_request_id, changes.pull_request_id) as pull_request_id,
    coalesce(reviewers.reviewer_id, changes.reviewer_id) as reviewer_id,
    reviewers.reviewer_id is not null as is_reviewer,
    reviewers.status,
    changes.added_at,
    changes.removed_at,
    coalesce(changes.added_themselves_at = changes.added_at, false) as asked_themselves
  from reviewers
  full join changes
    on changes.server = reviewers.server
    and changes.repository_id = reviewers.repository_id
    and changes.pull_request_id = reviewers.pull_request_id
    and changes.reviewer_id = reviewers.reviewer_id
)
select
  asked.server,
  asked.repository_id,
  asked.pull_request_id,
  asked.reviewer_id,
  coalesce(asked.added_at, pull_request.created_date) as asked_at,
  asked.asked_themselves,
  asked.is_reviewer,
  case when not asked.is_reviewer then asked.removed_at end as removed_at,
  asked.status
from asked
join {{ ref('stg_pull_requests') }} as pull_request
  on pull_request.server = asked.server
  and pull_request.repository_id = asked.repository_id
  and pull_request.id = asked.pull_request_id
