-- One row per pull request: when it was opened, first reviewed, first approved, merged and deployed, the hours between, its size and its reviewers.
with statuses as (
  select
    participant.server,
    participant.repository_id,
    participant.pull_request_id,
    count(*) filter (where participant.role = 'REVIEWER') as reviewer_count,
    count(*) filter (where participant.status = 'APPROVED') as approvals_now,
    count(*) filter (where participant.status = 'NEEDS_WORK') as needs_work_now
  from {{ ref('int_participants') }} as participant
  left join {{ ref('int_bots') }} as bot
    on bot.server = participant.server and bot.user_id = participant.user_id
  cross join {{ ref('bitbucket_settings') }} as settings
  where settings.include_bots or bot.user_id is null
  group by participant.server, participant.repository_id, participant.pull_request_id
),
commits as (
  select server, repository_id, pull_request_id, count(*) as commit_count, min(author_date) as first_commit_at
  from {{ ref('stg_pull_request_commits') }}
  group by server, repository_id, pull_request_id
),
milestones as (
  select
    pull_request.*,
    case when not pull_request.is_draft then coalesce(times.last_draft_change_at, pull_request.created_date) end as ready_at,
    times.merged_by_id,
    times.first_review_at,
    times.first_approval_at,
    times.last_approval_at,
    times.last_review_at,
    greatest(pull_request.created_date, times.last_author_action_at) as last_author_action_at,
    times.push_count,
    times.review_rounds,
    times.review_comment_count,
    times.reviewed_by_count,
    times.comment_count as all_comment_count,
    times.pull_request_id is not null as has_events,
    count(times.pull_request_id) over (partition by pull_request.server, pull_request.repository_id) > 0 as has_neighbours,
    commits.commit_count,
    commits.first_commit_at,
    coalesce(statuses.reviewer_count, 0) as reviewer_count,
    coalesce(statuses.approvals_now, 0) as approvals_now,
    coalesce(statuses.needs_work_now, 0) as needs_work_now,
    size.file_count,
    size.additions,
    size.deletions,
    size.additions + size.deletions as lines_changed,
    size.truncated as size_is_lower_bound,
    deployment.deployed_at,
    case when pull_request.state = 'MERGED' then pull_request.closed_date end as merged_at,
    case when pull_request.state = 'DECLINED' then pull_request.closed_date end as declined_at,
    least(greatest(times.last_draft_change_at, pull_request.created_date), pull_request.closed_date) as review_from
  from {{ ref('pull_requests_live') }} as pull_request
  left join {{ ref('int_pull_request_times') }} as times
    on times.server = pull_request.server
    and times.repository_id = pull_request.repository_id
    and times.pull_request_id = pull_request.pull_request_id
  left join statuses
    on statuses.server = pull_request.server
    and statuses.repository_id = pull_request.repository_id
    and statuses.pull_request_id = pull_request.pull_request_id
  left join commits
    on commits.server = pull_request.server
    and commits.repository_id = pull_request.repository_id
    and commits.pull_request_id = pull_request.pull_request_id
  left join {{ ref('stg_pull_request_diffs') }} as size
    on size.server = pull_request.server
    and size.repository_id = pull_request.repository_id
    and size.pull_request_id = pull_request.pull_request_id
  left join {{ ref('int_pull_request_deployments') }} as deployment
    on deployment.server = pull_request.server
    and deployment.repository_id = pull_request.repository_id
    and deployment.pull_request_id = pull_request.pull_request_id
),
-- Where activities are read at all, an open one without any is one in which nothing has happened yet. Any other has had some: they were not read.
parts as (
  select
    milestones.*,
    has_events or (
      has_neighbours and state = 'OPEN' and approvals_now = 0 and needs_work_now = 0 and coalesce(comment_count, 0) = 0
    ) as has_activities,
    least(greatest(first_review_at, review_from), merged_at) as in_review_from,
    least(greatest(coalesce(first_approval_at, merged_at), review_from), merged_at) as waiting_for_merge_from
  from milestones
)
select
  parts.server,
  parts.repository_id,
  parts.pull_request_id,
  parts.project_id,
  parts.project_key,
  parts.project_name,
  parts.repository_slug,
  parts.repository_full_name,
  parts.title,
  parts.url,
  parts.state,
  parts.is_draft,
  parts.author_id,
  parts.author_name,
  parts.author_is_bot,
  parts.merged_by_id,
  parts.source_branch,
  parts.target_branch,
  parts.merge_commit,
  parts.first_commit_at,
  parts.created_date as opened_at,
  parts.ready_at,
  parts.first_review_at,
  parts.first_approval_at,
  parts.merged_at,
  parts.declined_at,
  parts.closed_date as closed_at,
  parts.deployed_at,
  parts.updated_date as updated_at,
  {{ local_day('parts.created_date', 'settings.time_zone') }} as opened_on,
  {{ local_day('parts.closed_date', 'settings.time_zone') }} as closed_on,
  case when parts.state = 'MERGED' then {{ local_day('parts.closed_date', 'settings.time_zone') }} end as merged_on,
  {{ hours_between('parts.created_date', 'parts.merged_at') }} as cycle_hours,
  case when parts.merged_at is not null and parts.has_activities then {{ hours_between('parts.created_date', 'parts.review_from') }} end as draft_hours,
  case
    when parts.merged_at is not null and parts.first_review_at is not null then {{ hours_between('parts.review_from', 'parts.in_review_from') }}
    when parts.merged_at is not null and parts.has_activities then 0
  end as waiting_for_review_hours,
  case
    when parts.merged_at is not null and parts.first_review_at is not null then {{ hours_between('parts.in_review_from', 'parts.waiting_for_merge_from') }}
    when parts.merged_at is not null and parts.has_activities then 0
  end as in_review_hours,
  case
    when parts.merged_at is not null and parts.first_review_at is not null then {{ hours_between('parts.waiting_for_merge_from', 'parts.merged_at') }}
    when parts.merged_at is not null and parts.has_activities then {{ hours_between('parts.review_from', 'parts.merged_at') }}
  end as waiting_for_merge_hours,
  {{ hours_between('parts.created_date', 'parts.first_review_at') }} as open_to_first_review_hours,
  {{ hours_between('parts.created_date', 'parts.first_approval_at') }} as open_to_first_approval_hours,
  {{ hours_waited('greatest(parts.ready_at, parts.created_date)', 'parts.first_review_at') }} as hours_to_first_review,
  {{ hours_waited('greatest(parts.ready_at, parts.created_date)', 'parts.first_approval_at') }} as hours_to_first_approval,
  {{ hours_waited('parts.first_commit_at', 'parts.created_date') }} as coding_hours,
  {{ hours_between('parts.merged_at', 'parts.deployed_at') }} as merge_to_deploy_hours,
  {{ hours_between('least(parts.first_commit_at, parts.created_date)', 'parts.deployed_at') }} as lead_time_hours,
  case when parts.merged_at is null then false when parts.has_activities then parts.first_review_at is null end as merged_without_review,
  case when parts.has_activities then coalesce(parts.review_rounds, 0) end as review_rounds,
  parts.reviewer_count,
  case when parts.has_activities then coalesce(parts.reviewed_by_count, 0) end as reviewed_by_count,
  parts.approvals_now,
  parts.needs_work_now,
  case when parts.has_activities then coalesce(parts.review_comment_count, 0) end as review_comment_count,
  case when parts.has_activities then coalesce(parts.all_comment_count, 0) end as comment_count,
  parts.open_task_count,
  case when parts.has_activities then coalesce(parts.push_count, 0) end as push_count,
  parts.commit_count,
  parts.file_count,
  parts.additions,
  parts.deletions,
  parts.lines_changed,
  parts.size_is_lower_bound,
  case
    when parts.lines_changed is null then null
    when parts.lines_changed < 10 then 'XS'
    when parts.lines_changed < 50 then 'S'
    when parts.lines_changed < 250 then 'M'
    when parts.lines_changed < 1000 then 'L'
    else 'XL'
  end as size_class,
  case
    when parts.state <> 'OPEN' then null
    when parts.is_draft or parts.open_task_count > 0 then 'author'
    when not parts.has_activities then case when parts.needs_work_now = 0 and parts.approvals_now > 0 then 'merge' end
    when parts.needs_work_now > 0 and parts.last_review_at >= parts.last_author_action_at then 'author'
    when parts.needs_work_now > 0 then 'reviewers'
    when parts.approvals_now > 0 then 'merge'
    when parts.last_review_at >= parts.last_author_action_at then 'author'
    when parts.reviewer_count = 0 and coalesce(parts.reviewed_by_count, 0) = 0 then 'author'
    else 'reviewers'
  end as waiting_for,
  case
    when parts.state <> 'OPEN' then null
    when parts.is_draft then parts.created_date
    when not parts.has_activities then null
    when parts.open_task_count > 0 then coalesce(parts.last_review_at, parts.created_date)
    when parts.needs_work_now > 0 and parts.last_review_at >= parts.last_author_action_at then parts.last_review_at
    when parts.needs_work_now > 0 then parts.last_author_action_at
    when parts.approvals_now > 0 then coalesce(parts.last_approval_at, parts.last_author_action_at)
    when parts.last_review_at >= parts.last_author_action_at then parts.last_review_at
    else parts.last_author_action_at
  end as waiting_since
from parts
cross join {{ ref('bitbucket_settings') }} as settings
