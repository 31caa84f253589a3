-- Who reviewed: one row per pull request and person, other than its author, who commented on it, approved it or asked for work.
select
  answers.server,
  answers.repository_id,
  answers.pull_request_id,
  answers.reviewer_id,
  pull_request.project_key,
  pull_request.repository_full_name,
  coalesce(people.display_name, people.name) as reviewer_name,
  coalesce(people.is_bot, false) as reviewer_is_bot,
  pull_request.author_id,
  asked.asked_at,
  coalesce(asked.is_reviewer, false) as is_reviewer,
  case when participant.status in ('APPROVED', 'NEEDS_WORK') then participant.status else 'COMMENTED' end as outcome,
  answers.first_response_at,
  answers.last_response_at,
  answers.first_comment_at,
  answers.first_approval_at,
  answers.approval_count,
  answers.needs_work_count,
  answers.comment_count,
  {{ hours_waited('greatest(coalesce(asked.asked_at, pull_request.created_date), draft.last_draft_change_at)', 'answers.first_response_at') }} as hours_to_response
from {{ ref('int_answers') }} as answers
join {{ ref('pull_requests_live') }} as pull_request
  on pull_request.server = answers.server
  and pull_request.repository_id = answers.repository_id
  and pull_request.pull_request_id = answers.pull_request_id
left join {{ ref('int_draft_changes') }} as draft
  on draft.server = answers.server
  and draft.repository_id = answers.repository_id
  and draft.pull_request_id = answers.pull_request_id
left join {{ ref('int_participants') }} as participant
  on participant.server = answers.server
  and participant.repository_id = answers.repository_id
  and participant.pull_request_id = answers.pull_request_id
  and participant.user_id = answers.reviewer_id
left join {{ ref('int_reviewers') }} as asked
  on asked.server = answers.server
  and asked.repository_id = answers.repository_id
  and asked.pull_request_id = answers.pull_request_id
  and asked.reviewer_id = answers.reviewer_id
left join {{ ref('int_people') }} as people
  on people.server = answers.server and people.user_id = answers.reviewer_id
