-- Who was asked to review: one row per pull request and person who is, or was, its reviewer.
select
  asked.server,
  asked.repository_id,
  asked.pull_request_id,
  asked.reviewer_id,
  coalesce(people.display_name, people.name) as reviewer_name,
  coalesce(people.is_bot, false) as reviewer_is_bot,
  asked.asked_at,
  asked.asked_themselves,
  asked.is_reviewer,
  asked.removed_at,
  asked.status,
  answers.first_response_at as answered_at,
  {{ hours_waited('greatest(asked.asked_at, draft.last_draft_change_at)', 'answers.first_response_at') }} as hours_to_answer
from {{ ref('int_reviewers') }} as asked
left join {{ ref('int_draft_changes') }} as draft
  on draft.server = asked.server
  and draft.repository_id = asked.repository_id
  and draft.pull_request_id = asked.pull_request_id
left join {{ ref('int_answers') }} as answers
  on answers.server = asked.server
  and answers.repository_id = asked.repository_id
  and answers.pull_request_id = asked.pull_request_id
  and answers.reviewer_id = asked.reviewer_id
left join {{ ref('int_people') }} as people
  on people.server = asked.server and people.user_id = asked.reviewer_id
