-- One row per pull request with activities: when its author, its reviewers and Bitbucket did what the measures are made of.
with events as (
  select
    server,
    repository_id,
    pull_request_id,
    kind,
    user_id,
    happened_at,
    counts,
    is_by_author,
    is_review and counts as is_counted_review,
    is_review and counts and before_close as is_review_in_time,
    count(*) filter (where kind = 'PUSHED') over (
      partition by server, repository_id, pull_request_id
      order by happened_at, case when kind = 'PUSHED' then 0 else 1 end
      rows between unbounded preceding and current row
    ) as version_number
  from {{ ref('int_events') }}
)
select
  server,
  repository_id,
  pull_request_id,
  max(happened_at) filter (where kind = 'DRAFT_CHANGED') as last_draft_change_at,
  max(happened_at) filter (
    where kind in ('PUSHED', 'REOPENED', 'DRAFT_CHANGED') or (kind = 'COMMENTED' and is_by_author)
  ) as last_author_action_at,
  count(*) filter (where kind = 'PUSHED') as push_count,
  max(user_id) filter (where kind = 'MERGED') as merged_by_id,
  count(*) filter (where kind = 'COMMENTED') as comment_count,
  min(happened_at) filter (where is_review_in_time) as first_review_at,
  min(happened_at) filter (where is_review_in_time and kind = 'APPROVED') as first_approval_at,
  max(happened_at) filter (where is_counted_review and kind = 'APPROVED') as last_approval_at,
  max(happened_at) filter (where is_counted_review) as last_review_at,
  count(distinct user_id) filter (where is_counted_review) as reviewed_by_count,
  count(*) filter (where is_counted_review and kind = 'COMMENTED') as review_comment_count,
  count(distinct version_number) filter (where is_review_in_time) as review_rounds
from events
group by server, repository_id, pull_request_id
